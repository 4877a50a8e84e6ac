// A lock as threading.Lock or a mutex is: held by the handle, released by any thread. A leadership on one server is one.

/// A handle on one lock.
final class PlainLock: SingleGrantForm, LeadershipForm {
    let grant: GrantHandle
    private let place: LockPlace
    private let manner: ExclusiveManner

    init(_ place: LockPlace) {
        self.place = place
        manner = ExclusiveManner(isUnfair: !place.options.isFair)
        grant = GrantHandle(client: place.client, calls: place.calls(manner), terms: place.options.terms)
    }

    var defaultWait: Int64 { place.options.wait }

    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? { try place.inspect() }

    func waitLost(_ wait: Wait) -> Status { grant.waitLost(wait) }

    func announce(_ value: String) throws(CoordinationError) -> Status {
        let calls = place.calls(manner)
        return try grant.change { calls.announce(token: $0, fence: $1, value: value) }
    }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status { try place.breakHold(fence: fence) }
}
