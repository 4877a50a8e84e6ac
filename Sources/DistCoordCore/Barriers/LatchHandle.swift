// A handle on a latch: a count that is taken down to zero, for which any number wait.

import DistCoordRedis

/// Counts down and waits; used by any number of threads.
public final class LatchHandle: Sendable {
    public let name: String
    /// What a latch that is not there yet begins with; 0 when this handle does not know.
    public let count: Int64
    private let client: Client
    private let key: String
    private let scope = CancelScope()

    private static let wait = Script("latch_wait", PackageResources.latch_wait_lua)
    private static let countDown = Script("latch_count_down", PackageResources.latch_count_down_lua)
    private static let reset = Script("latch_reset", PackageResources.latch_reset_lua)
    private static let inspect = Script("latch_inspect", PackageResources.latch_inspect_lua)

    static var scripts: [Script] { [wait, countDown, reset, inspect] }

    private static let allowed: ClosedRange<Int64> = 1...1_000_000_000

    public init(client: Client, name: String, count: Int64) throws(CoordinationError) {
        try Names.check(name, what: "latch name")
        if count != 0 { try LatchHandle.check(count, "a latch of") }
        try client.checkOpen()
        try client.requireOneServer("a latch")
        self.client = client
        self.name = name
        self.count = count
        key = Keys(namespace: client.options.namespace).latch(name: name)
    }

    private static func check(_ count: Int64, _ what: String) throws(CoordinationError) {
        guard allowed.contains(count) else {
            throw .invalid("\(what) \(count) is out of range; 1 to \(allowed.upperBound) are allowed")
        }
    }

    /// Takes the count down, never below zero.
    ///
    /// - Returns: What is left; nil when the latch is not there and this handle has no count.
    public func countDown(by amount: Int64) throws(CoordinationError) -> Int64? {
        try LatchHandle.check(amount, "to count down by")
        let session = try client.openSession()
        let reply = try session.once(
            LatchHandle.countDown, keys: [key], base: key, arguments: [String(amount), String(count)])
        return LatchHandle.count(reply)
    }

    /// The count; nil when the latch is not there and this handle has no count.
    public func presentCount() throws(CoordinationError) -> Int64? {
        let session = try client.openSession()
        return LatchHandle.count(
            try session.run(ScriptCall(LatchHandle.inspect, keys: [key], arguments: [String(count)])))
    }

    private static func count(_ reply: Reply) -> Int64? {
        reply.integer.flatMap { $0 < 0 ? nil : $0 }
    }

    /// Makes it anew with a count, 0 for that of the handle.
    public func reset(to count: Int64) throws(CoordinationError) {
        let chosen = count == 0 ? self.count : count
        if chosen == 0 { throw .invalid("latch '\(name)' was opened without a count; say which it is to have") }
        try LatchHandle.check(chosen, "a latch of")
        let session = try client.openSession()
        try session.once(LatchHandle.reset, keys: [key], base: key, arguments: [String(chosen)])
    }

    /// Waits until the count is zero, for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Returns: `.ok`; `.broken` when it was reset meanwhile; `.timedOut`, `.cancelled`, `.interrupted`.
    public func wait(milliseconds: Int64) throws(CoordinationError) -> Status {
        let session = try client.openSession()
        let (key, count) = (key, String(count))
        @Sendable func call(_ token: String, _ generation: Int64, givesUp: Bool) -> ScriptCall {
            ScriptCall(
                LatchHandle.wait, keys: [key], arguments: [token, count, String(generation), givesUp ? "1" : "0"])
        }
        if milliseconds == 0 {
            let reply = try session.run(call("", -1, givesUp: false))
            return reply.integer(at: 0) == 1 ? .ok : .timedOut
        }
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        let meeting = Rendezvous(
            ask: { call($0, $1, givesUp: false) }, giveUp: { call($0, $1, givesUp: true) })
        switch try meeting.meet(wait, session) {
        case .gaveUp(let reason): return reason
        case .answered(let answer, _): return answer.code == 1 ? .ok : .broken
        }
    }

    /// Ends the waits in progress on this handle.
    public func cancelWaits() {
        scope.cancel()
    }
}
