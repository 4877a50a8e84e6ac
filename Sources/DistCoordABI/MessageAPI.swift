// include/distcoord/message.h

public import CDistCoord
import DistCoordCore

/// A message as C holds it. A reader that is fast looks at few of its texts.
final class MessageBox {
    let message: EventMessage
    private let texts = LazyTexts(2)

    init(_ message: EventMessage) {
        self.message = message
    }

    var source: UnsafePointer<CChar> { texts.text(0) { message.source } }
    var id: UnsafePointer<CChar> { texts.text(1) { message.id } }
}

/// Runs the body of an entry point that takes a message, and hands the message to C.
func takeMessage(
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: ErrorOut?,
    _ body: () throws(CoordinationError) -> (Status, EventMessage?)
) -> Int32 {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out, "out_message")
        out.pointee = nil
        let (status, message) = try body()
        if let message { out.pointee = HandleBox.make(MessageBox(message)) }
        return status
    }
}

private func message(_ pointer: OpaquePointer?) -> EventMessage? {
    HandleBox.borrow(pointer, as: MessageBox.self)?.message
}

@implementation @_cdecl("distcoord_message_source")
public func distcoord_message_source(_ message: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(message, as: MessageBox.self)?.source ?? emptyText
}

@implementation @_cdecl("distcoord_message_payload")
public func distcoord_message_payload(_ pointer: OpaquePointer!) -> UnsafeRawPointer! {
    message(pointer)?.payload.baseAddress ?? UnsafeRawPointer(emptyText)
}

@implementation @_cdecl("distcoord_message_length")
public func distcoord_message_length(_ pointer: OpaquePointer!) -> Int {
    message(pointer)?.payload.count ?? 0
}

@implementation @_cdecl("distcoord_message_missed")
public func distcoord_message_missed(_ pointer: OpaquePointer!) -> Int64 {
    message(pointer)?.missed ?? 0
}

@implementation @_cdecl("distcoord_message_id")
public func distcoord_message_id(_ message: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(message, as: MessageBox.self)?.id ?? emptyText
}

@implementation @_cdecl("distcoord_message_published_ms")
public func distcoord_message_published_ms(_ pointer: OpaquePointer!) -> Int64 {
    message(pointer)?.publishedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_message_deliveries")
public func distcoord_message_deliveries(_ pointer: OpaquePointer!) -> Int64 {
    message(pointer)?.deliveries ?? 0
}

@implementation @_cdecl("distcoord_message_free")
public func distcoord_message_free(_ message: OpaquePointer!) {
    _ = HandleBox.consume(message, as: MessageBox.self)
}
