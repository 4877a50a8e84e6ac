// The calls to the server for one consumer. Its membership is granted under a lease, as a lock is.

import DistCoordRedis

/// Calls of one consumer of a group.
final class ConsumerCalls: GrantCalls {
    private let topic: TopicHandle
    private let group: String
    private let name: String
    private let options: ConsumerOptions
    private let stock: ConsumerStock

    private static let join = Script("consumer_join", PackageResources.consumer_join_lua)
    private static let renew = Script("consumer_renew", PackageResources.consumer_renew_lua)
    private static let leave = Script("consumer_leave", PackageResources.consumer_leave_lua)
    private static let next = Script("consumer_next", PackageResources.consumer_next_lua)
    private static let withdraw = Script("consumer_withdraw", PackageResources.consumer_withdraw_lua)
    private static let acknowledge = Script("consumer_acknowledge", PackageResources.consumer_acknowledge_lua)
    private static let release = Script("consumer_release", PackageResources.consumer_release_lua)

    static var scripts: [Script] { [join, renew, leave, next, withdraw, acknowledge, release] }

    /// Messages that one delivery has at most; the scripts' `unpack` takes a few thousand values.
    static let mostAtOnce = 1_000

    init(topic: TopicHandle, group: String, name: String, options: ConsumerOptions, stock: ConsumerStock) {
        self.topic = topic
        self.group = group
        self.name = name
        self.options = options
        self.stock = stock
    }

    private var base: String { topic.calls.base }

    // MARK: - Membership

    /// Not counted: statistics are about what excludes others.
    var subjects: [GrantSubject] { [] }

    var what: String { "consumer '\(name)' of group '\(group)' of topic '\(topic.name)'" }

    func acquire(
        _ redis: RedisClient, token: String, lease: Int64, arrival: Int64?, patience: Patience
    ) throws(RedisError) -> Reply {
        let call = ScriptCall(
            ConsumerCalls.join, keys: [base],
            arguments: [group, name, token, String(lease), options.fromNew ? "1" : "0", String(topic.options.maxAge)])
        return try redis.run(call, patience: patience)
    }

    func release(
        _ redis: RedisClient, token: String, fence: UInt64, patience: Patience, onResend: () -> Void
    ) throws(RedisError) -> Reply {
        let untaken = stock.untaken
        return try redis.run(
            ConsumerCalls.leave, keys: [base], argumentCount: 3 + untaken.count, patience: patience
        ) { writer, isResent in
            if isResent { onResend() }
            writeLeaving(writer, token, untaken)
        }
    }

    func release(token: String, fence: UInt64) -> ScriptCall { leave(token) }

    func withdraw(token: String, givesBack: Bool) -> ScriptCall { leave(token) }

    private func leave(_ token: String) -> ScriptCall {
        let untaken = stock.untaken
        return ScriptCall(ConsumerCalls.leave, keys: [base], argumentCount: 3 + untaken.count) { [self] writer, _ in
            writeLeaving(writer, token, untaken)
        }
    }

    private func writeLeaving(_ writer: CommandWriter, _ token: String, _ untaken: [MessageID]) {
        writer.argument(group)
        writer.argument(name)
        writer.argument(token)
        for id in untaken { writer.argument(id.text) }
    }

    func extend(token: String, fence: UInt64, lease: Int64) -> ScriptCall {
        ScriptCall(ConsumerCalls.renew, keys: [base], arguments: [group, name, token, String(lease)])
    }

    func refusal(_ code: Int64) -> CoordinationError {
        CoordinationError(.exists, "another \(what) lives")
    }

    // MARK: - Messages

    /// Asks for messages.
    ///
    /// - Parameters:
    ///   - waiter: Token of a waiter to be woken when there is nothing; empty for none.
    ///   - isUnsure: An earlier answer was lost.
    func next(
        token: String, count: Int, waiter: String, isUnsure: Bool, _ redis: RedisClient, _ patience: Patience
    ) throws(RedisError) -> Reply {
        try redis.run(ConsumerCalls.next, keys: [base], argumentCount: 7, patience: patience) { writer, isResent in
            writer.argument(group)
            writer.argument(name)
            writer.argument(token)
            writer.argument(Int64(count))
            writer.argument(waiter)
            writer.argument(options.timeout)
            if isUnsure || isResent { writer.argument(stock.known) } else { writer.argument("-" as StaticString) }
        }
    }

    /// Leaves the line.
    func withdraw(waiter: String) -> ScriptCall {
        ScriptCall(ConsumerCalls.withdraw, keys: [base], arguments: [group, waiter])
    }

    func acknowledge(_ ids: [MessageID], token: String, _ ticket: CallTicket) -> ScriptCall {
        settle(ConsumerCalls.acknowledge, ids, token, ticket, [options.timeout > 0 ? "1" : "0"])
    }

    /// - Parameter isUntaken: Nobody has looked at them.
    func release(
        _ ids: [MessageID], delay: Int64, isUntaken: Bool, token: String, _ ticket: CallTicket
    ) -> ScriptCall {
        settle(ConsumerCalls.release, ids, token, ticket, [String(delay), isUntaken ? "1" : "0"])
    }

    private func settle(
        _ script: Script, _ ids: [MessageID], _ token: String, _ ticket: CallTicket, _ terms: [String]
    ) -> ScriptCall {
        let keys = [base, Keys.lane(base, ticket.lane)]
        return ScriptCall(script, keys: keys, argumentCount: 4 + terms.count + ids.count) { [self] writer, _ in
            writer.argument(Int64(clamping: ticket.number))
            writer.argument(group)
            writer.argument(name)
            writer.argument(token)
            for term in terms { writer.argument(term) }
            for id in ids { writer.argument(id.text) }
        }
    }
}
