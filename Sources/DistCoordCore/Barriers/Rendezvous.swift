// How parties wait for each other: at a barrier, a latch, an event, a double barrier.
//
// A waiter registers in the client's mailbox, asks the server, and sleeps until it is told how it ended. In case its
// message is lost it asks again: when the mailbox was restored, when the answer named a time, and now and then. With
// each answer comes the generation in which it waits; whoever asks again later learns how that one ended.

import DistCoordRedis

/// What a script answers to those who wait, and what it tells them: the same numbers either way.
struct MeetingAnswer: Sendable {
    /// 0: wait; what the others mean differs.
    let code: Int64
    let first: Int64
    let second: Int64

    init(_ reply: Reply) {
        code = reply.integer(at: 0)
        first = reply.integer(at: 1)
        second = reply.integer(at: 2)
    }

    /// Nil for what is not such a message.
    init?(_ message: [UInt8]) {
        let words = message.split(separator: UInt8(ascii: " ")).map { Int64(String(decoding: $0, as: UTF8.self)) }
        guard let code = words.first.flatMap({ $0 }) else { return nil }
        self.code = code
        first = words.count > 1 ? words[1] ?? 0 : 0
        second = words.count > 2 ? words[2] ?? 0 : 0
    }
}

/// One kind of waiting for others.
struct Rendezvous {
    /// How a wait ended.
    enum Ending {
        /// The server has said how it ended, never with code 0.
        case answered(MeetingAnswer, token: String)
        /// The caller gave up, and the server knows it or will soon.
        case gaveUp(Status)
    }

    /// Asks how it stands, in the generation that is known (-1 at first), and has the token told when that changes.
    ///
    /// Answers {0, generation, ms}: wait, and ask again after that time (0: rarely); anything else is the end.
    let ask: @Sendable (_ token: String, _ generation: Int64) -> ScriptCall
    /// Ends the wait of a token. Answers {0}, or how it had ended before.
    let giveUp: @Sendable (_ token: String, _ generation: Int64) -> ScriptCall

    /// How often a waiter asks again even if nothing happens, in milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000
    /// After a failure that may pass, the server is asked again this much later.
    private static let retry: Int64 = 100
    /// How long a waiter that gives up tries to tell the server at once.
    private static let farewell: Int64 = 100

    /// Waits.
    func meet(_ wait: Wait, _ session: Session) throws(CoordinationError) -> Ending {
        let waiter: MailboxWaiter
        do throws(RedisError) {
            waiter = try session.mailbox.register(wait)
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { return .gaveUp(reason) }
            throw CoordinationError(error)
        }
        defer { session.mailbox.remove(waiter) }
        var generation: Int64 = -1
        while true {
            var askAt = Instant.now.advanced(milliseconds: Int64.random(in: Rendezvous.recheck))
            do throws(CoordinationError) {
                let answer = MeetingAnswer(try run(ask(waiter.token, generation), wait.patience, session))
                if answer.code != 0 { return .answered(answer, token: waiter.token) }
                generation = answer.first
                if answer.second > 0 { askAt = min(askAt, .now.advanced(milliseconds: answer.second)) }
            } catch {
                if error.status == .interrupted, let reason = wait.stopReason {
                    return giveUp(reason, waiter, generation, session)
                }
                // Not known to wait yet: tell at once. Later an outage is ridden out, for as long as the caller wants
                // to wait.
                guard generation >= 0, error.status.isRetriable else {
                    if error.status == .noReply { session.chores.add(giveUp(waiter.token, generation)) }
                    throw error
                }
                askAt = Instant.now.advanced(milliseconds: Rendezvous.retry)
            }
            if let ending = sleep(until: askAt, waiter, generation, wait, session) { return ending }
        }
    }

    /// Sleeps until there is something to do; nil when it is to ask again.
    private func sleep(
        until askAt: Instant, _ waiter: MailboxWaiter, _ generation: Int64, _ wait: Wait, _ session: Session
    ) -> Ending? {
        while true {
            while let message = waiter.takeMessage() {
                guard let answer = MeetingAnswer(message), answer.code != 0 else { return nil }
                return .answered(answer, token: waiter.token)
            }
            if waiter.takeMustAsk() { return nil }
            if let reason = wait.stopReason { return giveUp(reason, waiter, generation, session) }
            let now = Instant.now
            if now >= wait.deadline { return giveUp(.timedOut, waiter, generation, session) }
            if now >= askAt { return nil }
            wait.sleep(until: askAt)
        }
    }

    private func giveUp(
        _ reason: Status, _ waiter: MailboxWaiter, _ generation: Int64, _ session: Session
    ) -> Ending {
        let call = giveUp(waiter.token, generation)
        do throws(CoordinationError) {
            let patience = Patience(deadline: Instant.now.advanced(milliseconds: Rendezvous.farewell))
            let answer = MeetingAnswer(try run(call, patience, session))
            // It had ended in the last moment: that is what the others have seen, too.
            if answer.code != 0 { return .answered(answer, token: waiter.token) }
        } catch {
            session.chores.add(call)
        }
        return .gaveUp(reason)
    }

    private func run(_ call: ScriptCall, _ patience: Patience, _ session: Session) throws(CoordinationError) -> Reply {
        try translating { () throws(RedisError) in try session.redis.run(call, patience: patience) }
    }
}
