// How a consumer waits for messages. It asks; when there are none the server puts it in line, and whoever publishes
// wakes one consumer of each group. In case that one dies, or its messages are lost, the first in line asks again each
// second, the others now and then; and all when a lease, a delay or a time limit ends.

import DistCoordRedis

extension ConsumerHandle {
    /// How often a consumer in line asks though nothing happens, in milliseconds: the first, and the others.
    private static let recheck: (first: Int64, others: ClosedRange<Int64>) = (1_000, 8_000...12_000)
    /// How much later than a moment that all know each next one in line asks, and the last at most, in milliseconds.
    private static let stagger: (each: Int64, atMost: Int64) = (25, 800)
    /// How long a consumer that gives up tries to tell the server before it leaves that to the background.
    private static let farewell: Int64 = 100

    /// How long it is tried to join while the server counts the former lease, in milliseconds.
    private static let formerLease: Int64 = 1_000

    private enum Answer {
        case delivered
        /// It is no consumer of the group any more.
        case gone
        /// There is nothing; to be asked again after so many milliseconds.
        case nothing(Int64)
    }

    /// Fetches messages, for which it waits.
    ///
    /// - Returns: Nil when there may be some now, or the lease has ended; else why not.
    func fetch(
        _ room: Int, _ wait: Wait, _ session: Session, looksOnce: Bool
    ) throws(CoordinationError) -> Status? {
        var room = room
        if grant.state == .free {
            try joinAnew(wait)
            room = options.prefetch
        }
        let count = min(room, ConsumerCalls.mostAtOnce)
        if looksOnce || !expectsToWait.isSet {
            guard case .nothing = try ask(count, waiter: "", wait, session) else { return nil }
            if looksOnce { return .timedOut }
        }
        expectsToWait.set()
        let waiter: MailboxWaiter
        do throws(RedisError) {
            waiter = try session.mailbox.register(wait)
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { return reason }
            throw CoordinationError(error)
        }
        defer { session.mailbox.remove(waiter) }
        return try standInLine(waiter, count, wait, session)
    }

    /// Joins after the lease has ended, which the server may count a little longer.
    private func joinAnew(_ wait: Wait) throws(CoordinationError) {
        let end = min(wait.deadline, .now.advanced(milliseconds: ConsumerHandle.formerLease))
        while true {
            do throws(CoordinationError) {
                return try join()
            } catch {
                guard error.status == .exists else { throw error }
                if wait.stopReason != nil || Instant.now >= end {
                    throw CoordinationError(
                        .conflict,
                        "the lease of \(calls.what) had ended, and another took its name; open one of another name")
                }
                wait.sleep(until: .now.advanced(milliseconds: 50))
            }
        }
    }

    private func standInLine(
        _ waiter: MailboxWaiter, _ count: Int, _ wait: Wait, _ session: Session
    ) throws(CoordinationError) -> Status? {
        var isInLine = false
        while true {
            let askAt: Instant
            do throws(CoordinationError) {
                guard case .nothing(let pause) = try ask(count, waiter: waiter.token, wait, session) else { return nil }
                isInLine = true
                askAt = .now.advanced(milliseconds: pause)
            } catch {
                // Never in line yet: tell at once. Later an outage is ridden out, for as long as the caller wants.
                guard isInLine, error.status.isRetriable else {
                    session.chores.add(calls.withdraw(waiter: waiter.token))
                    throw error
                }
                askAt = .now.advanced(milliseconds: 100)
            }
            while true {
                var mustAsk = waiter.takeMustAsk()
                while waiter.takeMessage() != nil { mustAsk = true }
                if mustAsk { break }
                if grant.state != .held {
                    session.chores.add(calls.withdraw(waiter: waiter.token))
                    return nil
                }
                let now = Instant.now
                if let reason = wait.stopReason ?? (now >= wait.deadline ? .timedOut : nil) {
                    leaveLine(waiter, session)
                    return reason
                }
                if now >= askAt { break }
                wait.sleep(until: askAt)
            }
        }
    }

    private func leaveLine(_ waiter: MailboxWaiter, _ session: Session) {
        let call = calls.withdraw(waiter: waiter.token)
        do throws(RedisError) {
            let patience = Patience(deadline: Instant.now.advanced(milliseconds: ConsumerHandle.farewell))
            _ = try session.redis.run(call, patience: patience)
        } catch {
            session.chores.add(call)
        }
    }

    /// Asks once, and puts what is delivered into stock.
    private func ask(
        _ count: Int, waiter: String, _ wait: Wait, _ session: Session
    ) throws(CoordinationError) -> Answer {
        let (token, fence) = grant.hold.withLock { ($0.lease?.token, $0.lease?.fence) }
        guard grant.state == .held, let token, let fence else { return .gone }
        let isUnsure = stock.isUnsure
        // Until the answer is here.
        stock.becomeUnsure()
        let reply: Reply
        do throws(RedisError) {
            reply = try calls.next(
                token: token, count: count, waiter: waiter, isUnsure: isUnsure, session.redis, wait.patience)
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { throw CoordinationError(reason, error.message) }
            throw CoordinationError(error)
        }
        guard reply.count >= 5 else {
            grant.lose(fence, "the group does not know it any more")
            return .gone
        }
        // The answer may have lain unread, because the process was stopped: what it brought goes to others then.
        guard grant.state == .held, self.token == token else { return .gone }
        let deliveries = deliveries(in: reply)
        stock.put(deliveries, missed: reply.integer(at: 0))
        if !deliveries.isEmpty {
            expectsToWait.clear()
            return .delivered
        }
        return .nothing(pause(reply))
    }

    private func deliveries(in reply: Reply) -> [Delivery] {
        let now = Instant.now
        let redelivered = reply.integer(at: 2)
        // Only the sequence counts.
        var previous = MessageID(milliseconds: 0, sequence: UInt64(clamping: reply.integer(at: 1)))
        var deliveries: [Delivery] = []
        for index in stride(from: 5, to: reply.count - 2, by: 3) {
            guard let id = reply[index]?.withBytes({ MessageID($0) }) else { continue }
            let isNew = deliveries.count >= redelivered
            let content = reply[index + 1]?.withBytes { MessageContent($0) }
            deliveries.append(
                Delivery(
                    id: id, content: content ?? MessageContent(UnsafeBufferPointer(start: nil, count: 0)),
                    missed: isNew ? previous.gap(before: id) : 0, deliveries: reply.integer(at: index + 2),
                    fetchedAt: now))
            if isNew { previous = id }
        }
        return deliveries
    }

    /// When to ask again.
    private func pause(_ reply: Reply) -> Int64 {
        let (event, place) = (reply.integer(at: 3), max(0, reply.integer(at: 4)))
        let rare = place == 0 ? ConsumerHandle.recheck.first : Int64.random(in: ConsumerHandle.recheck.others)
        guard event >= 0 else { return rare }
        // One millisecond later than the moment: the server compares whole milliseconds.
        let behind = min(place, ConsumerHandle.stagger.atMost) * ConsumerHandle.stagger.each
        return min(rare, event &+ 1 &+ min(behind, ConsumerHandle.stagger.atMost))
    }
}
