// Numbers for calls that must not count twice. A call whose answer was lost is sent again, and the server has to know it
// again (once.lua): it remembers the last call of each lane. A lane has one call at a time, so a client has as many lanes as
// it ever had such calls at once, and the server remembers little.

import DistCoordRedis

/// Names one call of a lane.
struct CallTicket: Sendable {
    /// Part of a key, see `Keys.lane`.
    let lane: String
    /// Greater than those of all earlier calls of the lane.
    let number: UInt64
}

/// One lane, for who has one call at a time.
final class CallLane: Sendable {
    private let name: String
    private let lastNumber = Guarded<UInt64>(0)

    fileprivate init(name: String) {
        self.name = name
    }

    /// Begins a call; the one before has ended, or nobody waits for it any more.
    func next() -> CallTicket {
        let number = lastNumber.withLock { last in
            last += 1
            return last
        }
        return CallTicket(lane: name, number: number)
    }
}

/// The lanes of one client.
final class CallLanes: Sendable {
    private struct State {
        /// The one used last is used next: that keeps them few.
        var idle: [CallLane] = []
        var count = 0
    }

    private let client: String
    private let state = Guarded(State())

    init(client: String) {
        self.client = client
    }

    /// A lane of the caller's own, until it is given back.
    func take() -> CallLane {
        state.withLock { state in
            if let lane = state.idle.popLast() { return lane }
            state.count += 1
            return CallLane(name: "\(client).\(state.count)")
        }
    }

    func giveBack(_ lane: CallLane) {
        state.withLock { $0.idle.append(lane) }
    }

    /// Makes one call on a lane.
    func withLane<Result, Failure: Error>(
        _ body: (CallTicket) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let lane = take()
        defer { giveBack(lane) }
        return try body(lane.next())
    }
}
