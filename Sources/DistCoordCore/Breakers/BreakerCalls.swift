// The calls of one circuit breaker to the server.

import DistCoordRedis

/// What a process has counted, on its way to the server.
struct BreakerCounts: Sendable {
    let ticket: CallTicket
    /// The epoch of the failures; nil when it was not known.
    let epoch: Int64?
    let succeeded: Int64
    let failed: Int64
    let rejected: Int64
    /// When those failures were that may open it, the oldest first.
    let failures: [Instant]
    let madeAt = Instant.now

    /// For how long they are tried to be told, in milliseconds: less than the server remembers having heard them.
    private static let lifetime: Int64 = 3_000_000

    var isTooOld: Bool { Instant.now >= madeAt.advanced(milliseconds: BreakerCounts.lifetime) }
}

/// Calls of a breaker.
struct BreakerCalls: Sendable {
    let channel: String
    private let keys: [String]
    private let options: BreakerOptions

    private static let tellScript = Script("breaker_tell", PackageResources.breaker_tell_lua)
    private static let askScript = Script("breaker_ask", PackageResources.breaker_ask_lua)
    private static let forgoScript = Script("breaker_forgo", PackageResources.breaker_forgo_lua)
    private static let settleScript = Script("breaker_settle", PackageResources.breaker_settle_lua)
    private static let changeScript = Script("breaker_change", PackageResources.breaker_change_lua)
    private static let inspectScript = Script("breaker_inspect", PackageResources.breaker_inspect_lua)

    static var scripts: [Script] {
        [tellScript, askScript, forgoScript, settleScript, changeScript, inspectScript]
    }

    init(keys: Keys, name: String, options: BreakerOptions) {
        self.keys = keys.breaker(name: name)
        channel = keys.breakerChanges(name: name)
        self.options = options
    }

    func tell(_ counts: BreakerCounts) -> ScriptCall {
        let options = options
        return ScriptCall(
            BreakerCalls.tellScript, keys: keys + [lane(counts.ticket)], argumentCount: 11 + counts.failures.count
        ) { writer, _ in
            writer.argument(Int64(clamping: counts.ticket.number))
            writer.argument(counts.epoch ?? -1)
            writer.argument(counts.succeeded)
            writer.argument(counts.failed)
            writer.argument(counts.rejected)
            writer.argument(options.threshold)
            writer.argument(options.sampling)
            writer.argument(options.recovery)
            writer.argument(options.trials)
            writer.argument(options.trialTimeout)
            writer.argument(options.oldestFailure * 1_000)
            // The age when it is sent, however long that was not possible.
            let now = Instant.now
            for moment in counts.failures { writer.argument(max(0, (now.nanoseconds &- moment.nanoseconds) / 1_000)) }
        }
    }

    func ask(_ ticket: CallTicket) -> ScriptCall {
        call(BreakerCalls.askScript, ticket, [options.sampling])
    }

    func forgo(_ ticket: CallTicket) -> ScriptCall {
        call(BreakerCalls.forgoScript, ticket, [options.sampling])
    }

    func settle(_ permit: BreakerPermit, _ trial: Int64, _ outcome: CallOutcome) -> ScriptCall {
        call(
            BreakerCalls.settleScript, nil,
            [
                permit.epoch, trial, Int64(outcome.rawValue), options.sampling, options.recovery, options.trials,
                options.trialTimeout,
            ])
    }

    func change(to state: BreakerState, _ ticket: CallTicket) -> ScriptCall {
        call(BreakerCalls.changeScript, ticket, [Int64(state.rawValue), options.sampling])
    }

    func inspect() -> ScriptCall {
        call(BreakerCalls.inspectScript, nil, [options.sampling])
    }

    /// - Parameter ticket: Of a call that must not count twice.
    private func call(_ script: Script, _ ticket: CallTicket?, _ arguments: [Int64]) -> ScriptCall {
        let arguments = arguments.map { String($0) }
        guard let ticket else { return ScriptCall(script, keys: keys, arguments: arguments) }
        return ScriptCall(script, keys: keys + [lane(ticket)], arguments: [String(ticket.number)] + arguments)
    }

    private func lane(_ ticket: CallTicket) -> String { Keys.lane(keys[0], ticket.lane) }
}
