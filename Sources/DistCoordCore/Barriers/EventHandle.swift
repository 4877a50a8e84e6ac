// A handle on an event: a flag for which any number wait.

import DistCoordRedis

/// Sets, clears and waits; used by any number of threads.
public final class EventHandle: Sendable {
    public let name: String
    private let client: Client
    private let key: String
    private let scope = CancelScope()

    private static let wait = Script("event_wait", PackageResources.event_wait_lua)
    private static let change = Script("event_change", PackageResources.event_change_lua)
    private static let inspect = Script("event_inspect", PackageResources.event_inspect_lua)

    static var scripts: [Script] { [wait, change, inspect] }

    public init(client: Client, name: String) throws(CoordinationError) {
        try Names.check(name, what: "event name")
        try client.checkOpen()
        try client.requireOneServer("an event")
        self.client = client
        self.name = name
        key = Keys(namespace: client.options.namespace).event(name: name)
    }

    /// Sets it: all who wait go on.
    public func set() throws(CoordinationError) { try change(to: "1") }

    public func clear() throws(CoordinationError) { try change(to: "0") }

    private func change(to flag: String) throws(CoordinationError) {
        let session = try client.openSession()
        try session.once(EventHandle.change, keys: [key], base: key, arguments: [flag])
    }

    public func isSet() throws(CoordinationError) -> Bool {
        let session = try client.openSession()
        return try session.run(ScriptCall(EventHandle.inspect, keys: [key], arguments: [])).integer == 1
    }

    /// Waits until it is set, for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Returns: `.ok` when it is, or was meanwhile; `.timedOut`, `.cancelled`, `.interrupted`.
    public func wait(milliseconds: Int64) throws(CoordinationError) -> Status {
        if milliseconds == 0 { return try isSet() ? .ok : .timedOut }
        let session = try client.openSession()
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let key = key
        @Sendable func call(_ token: String, _ sets: Int64, givesUp: Bool) -> ScriptCall {
            ScriptCall(EventHandle.wait, keys: [key], arguments: [token, String(sets), givesUp ? "1" : "0"])
        }
        let meeting = Rendezvous(
            ask: { call($0, $1, givesUp: false) }, giveUp: { call($0, $1, givesUp: true) })
        switch try meeting.meet(wait, session) {
        case .gaveUp(let reason): return reason
        case .answered: return .ok
        }
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        scope.cancel()
    }
}
