// A lock as threading.Lock or a mutex is: held by the handle, released by any thread.

/// A handle on one lock.
final class PlainLock: SingleGrantForm {
    let grant: GrantHandle
    private let place: LockPlace

    init(_ place: LockPlace) {
        self.place = place
        grant = GrantHandle(
            client: place.client, calls: place.calls(ExclusiveManner(isUnfair: !place.options.isFair)),
            terms: place.options.terms)
    }

    var defaultWait: Int64 { place.options.wait }

    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? { try place.inspect() }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status { try place.breakHold(fence: fence) }
}
