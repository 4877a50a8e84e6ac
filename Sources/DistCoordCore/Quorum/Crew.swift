// Threads for what must be said to several servers at once. There are as many as are needed at a time; an idle one
// stays for a while, because who acquires once acquires again.

import DistCoordRedis

/// Runs pieces of work, each at once, on threads of the library.
final class Crew: Sendable {
    typealias Work = @Sendable () -> Void

    /// A thread that waits for work.
    private final class Hand: Sendable {
        let parker = Parker()
        let work = Guarded<Work?>(nil)
    }

    private struct State {
        var idle: [Hand] = []
        var isClosed = false

        /// Takes a thread out of those who wait; false when it was not among them.
        mutating func leave(_ hand: Hand) -> Bool {
            guard let place = idle.firstIndex(where: { $0 === hand }) else { return false }
            idle.remove(at: place)
            return true
        }
    }

    private let state = Guarded(State())

    /// How long an idle thread stays, in milliseconds.
    private static let linger: Int64 = 10_000

    /// Has a piece of work done, now.
    func run(_ work: @escaping Work) throws(RedisError) {
        // The one that became idle last: the others may go.
        if let hand = state.withLock({ $0.idle.popLast() }) {
            hand.work.withLock { $0 = work }
            hand.parker.unpark()
            return
        }
        // Not the work itself: what a thread begins with it holds until it ends.
        let hand = Hand()
        hand.work.withLock { $0 = work }
        try NativeThread.start("dc-quorum") { self.serve(hand) }
    }

    /// Lets the threads go that wait for work; those that work go when they are done.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            return state.idle
        }
        for hand in idle { hand.parker.unpark() }
    }

    private func serve(_ hand: Hand) {
        repeat { Crew.work(hand) } while awaitWork(hand)
    }

    /// Does what was given to a thread, and keeps nothing of it: it may be the last to know a client.
    private static func work(_ hand: Hand) {
        hand.work.withLock { $0.take() }?()
    }

    /// Sleeps until there is work; false when the thread is to end.
    private func awaitWork(_ hand: Hand) -> Bool {
        let stays = state.withLock { state in
            if !state.isClosed { state.idle.append(hand) }
            return !state.isClosed
        }
        guard stays else { return false }
        let end = Instant.now.advanced(milliseconds: Crew.linger)
        while true {
            hand.parker.park(until: end)
            if hand.work.withLock({ $0 != nil }) { return true }
            guard Instant.now >= end || state.withLock({ $0.isClosed }) else { continue }
            if state.withLock({ $0.leave(hand) }) { return false }
            // Whoever has taken it out of the list is about to give it work.
            while hand.work.withLock({ $0 == nil }) { hand.parker.park(until: .now.advanced(milliseconds: 1)) }
            return true
        }
    }
}
