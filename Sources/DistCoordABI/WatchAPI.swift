// include/distcoord/watch.h

public import CDistCoord
import DistCoordCore

/// A watch as C holds it.
final class WatchBox {
    let watch: any WatchForm

    init(_ watch: any WatchForm) {
        self.watch = watch
    }

    deinit {
        watch.dispose()
    }
}

/// The watch behind a pointer, if it is one of that kind.
///
/// - Parameter kind: What it is to be a watch of: "an election".
func requireWatch<Watch: WatchForm>(
    _ pointer: OpaquePointer?, of kind: StaticString, as type: Watch.Type = Watch.self
) throws(CoordinationError) -> Watch {
    let box: WatchBox = try require(pointer, "watch")
    guard let watch = box.watch as? Watch else {
        throw CoordinationError(.invalidArgument, "this watch is not one of \(kind)")
    }
    return watch
}

@implementation @_cdecl("distcoord_watch_event_fd")
public func distcoord_watch_event_fd(_ watch: OpaquePointer!) -> Int32 {
    HandleBox.borrow(watch, as: WatchBox.self)?.watch.eventDescriptor ?? -1
}

@implementation @_cdecl("distcoord_watch_cancel")
public func distcoord_watch_cancel(_ watch: OpaquePointer!) {
    HandleBox.borrow(watch, as: WatchBox.self)?.watch.cancelWaits()
}

@implementation @_cdecl("distcoord_watch_free")
public func distcoord_watch_free(_ watch: OpaquePointer!) {
    _ = HandleBox.consume(watch, as: WatchBox.self)
}
