// Waiting for something of a run to end: ask, listen, and ask again whenever there may be news.

import DistCoordRedis
import Synchronization

/// How whoever waits is told that there may be news.
struct RunNews {
    /// Under this the server knows the waiter; "" when it listens to what all are told.
    let token: String
    /// Whether something was told since this was last asked.
    let take: () -> Bool
    /// Ends it.
    ///
    /// - Parameter isKnown: The server may still know the waiter.
    let end: (_ isKnown: Bool) -> Void

    /// Told in the client's mailbox.
    ///
    /// - Parameter forget: The call that makes the server forget a token.
    init(
        waiter wait: Wait, of room: QueueRoom, forget: @escaping (String) -> ScriptCall
    ) throws(CoordinationError) {
        let session = room.session
        let waiter = try translating { () throws(RedisError) in try session.mailbox.register(wait) }
        token = waiter.token
        take = {
            var isNew = waiter.takeMustAsk()
            while waiter.takeMessage() != nil { isNew = true }
            return isNew
        }
        end = { isKnown in
            if isKnown { session.chores.add(forget(waiter.token)) }
            session.mailbox.remove(waiter)
        }
    }

    /// Told by every message on a public channel.
    init(following channel: String, _ wait: Wait, of room: QueueRoom) throws(CoordinationError) {
        let isNew = Guarded(false)
        let follower = try translating { () throws(RedisError) in
            try room.session.mailbox.follow(channel, patience: wait.patience) { _ in
                isNew.withLock { $0 = true }
                wait.parker.unpark()
            }
        }
        wait.expectMessages()
        token = ""
        take = {
            isNew.withLock { isNew in
                defer { isNew = false }
                return isNew
            }
        }
        end = { _ in follower.end() }
    }
}

/// One wait.
struct RunWaiting {
    enum Answer<Value> {
        case final(Value)
        /// With what there is to tell of it, if there is something, and in how many milliseconds to ask again though
        /// nothing is told; negative when only news change it.
        case pending(Value? = nil, lookIn: Int64)
        case unknown
    }

    private let room: QueueRoom
    private let scope: CancelScope
    private let milliseconds: Int64

    /// Whoever waits asks again after about this long even if nothing happens, in milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000
    /// After a failure that may pass, in milliseconds. Nor are leases that end looked at more often than that.
    private static let retry: Int64 = 100
    /// While one piece of news follows another, and none is what is waited for, they are looked at less and less often,
    /// up to so many milliseconds apart: a run of thousands of tasks has other things to do than to answer.
    private static let longestPause: Int64 = 50

    /// - Parameter milliseconds: Negative for ever; 0: asks once.
    init(_ room: QueueRoom, scope: CancelScope, milliseconds: Int64) {
        self.room = room
        self.scope = scope
        self.milliseconds = milliseconds
    }

    /// Asks until the answer is final.
    ///
    /// - Parameter ask: Its second parameter is the waiter's token.
    /// - Returns: `.ok` and `.timedOut` with what the last answer told, `.notFound`, `.cancelled`, `.interrupted`.
    func answer<Value>(
        listening: (Wait) throws(CoordinationError) -> RunNews,
        ask: (Patience, String) throws(CoordinationError) -> Answer<Value>
    ) throws(CoordinationError) -> (Status, Value?) {
        let wait = Wait(room.session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        do throws(CoordinationError) {
            switch try ask(wait.patience, "") {
            case .final(let value): return (.ok, value)
            case .unknown: return (.notFound, nil)
            case .pending(let value, _):
                if milliseconds == 0 { return (.timedOut, value) }
            }
            let news = try listening(wait)
            var isKnown = false
            defer { news.end(isKnown) }
            return try listen(wait, news, &isKnown, ask)
        } catch {
            if error.status == .interrupted, let reason = wait.stopReason { return (reason, nil) }
            throw error
        }
    }

    private func listen<Value>(
        _ wait: Wait, _ news: RunNews, _ isKnown: inout Bool,
        _ ask: (Patience, String) throws(CoordinationError) -> Answer<Value>
    ) throws(CoordinationError) -> (Status, Value?) {
        // Asked once more now that news are heard: what came before that was told to nobody.
        var askAt = Instant.now
        var isAnswered = false
        // Since when news are not looked at again, and for how long.
        var (askedAt, pause) = (Instant.now, Int64(0))
        while true {
            if news.take() { askAt = min(askAt, askedAt.advanced(milliseconds: pause)) }
            if let reason = wait.stopReason { return (reason, nil) }
            let isOver = Instant.now >= wait.deadline
            if !isOver, Instant.now < askAt {
                wait.sleep(until: askAt)
                continue
            }
            do throws(CoordinationError) {
                // Sent and unanswered, it may be known all the same.
                if !isOver, !news.token.isEmpty { isKnown = true }
                switch try ask(wait.patience, isOver ? "" : news.token) {
                case .final(let value):
                    isKnown = false
                    return (.ok, value)
                case .unknown:
                    isKnown = false
                    return (.notFound, nil)
                case .pending(let value, let lookIn):
                    if isOver { return (.timedOut, value) }
                    isAnswered = true
                    let isBurst = Instant.now < askedAt.advanced(milliseconds: 4 * RunWaiting.longestPause)
                    pause = isBurst ? min(max(1, 2 * pause), RunWaiting.longestPause) : 0
                    askedAt = .now
                    let recheck = Int64.random(in: RunWaiting.recheck)
                    askAt = Instant.now.advanced(
                        milliseconds: lookIn < 0 ? recheck : min(recheck, max(lookIn, RunWaiting.retry)))
                }
            } catch {
                // Later than the first time an outage is ridden out, for as long as the caller wants to wait.
                guard isAnswered, !isOver, error.status.isRetriable else { throw error }
                askAt = Instant.now.advanced(milliseconds: RunWaiting.retry)
            }
        }
    }
}
