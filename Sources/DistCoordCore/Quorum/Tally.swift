// How the servers of a quorum have voted on one acquire.

import DistCoordRedis

/// The state of each vote. Who asks, who is granted, and who counts run on different threads; all of it is decided
/// here.
final class Tally: Sendable {
    enum Stage: Equatable, Sendable {
        /// Not asked, or given back.
        case idle
        /// Asked; no answer yet.
        case asked
        /// Somebody else has it, and there was to be no waiting.
        case refused
        case inLine
        /// Granted, and waiting for the others.
        case granted
        /// Granted; the server is being told the fence.
        case raising
        /// Granted, with the fence of all.
        case counted
        case failed
    }

    /// What is to be done with a vote just granted.
    enum Next: Equatable, Sendable {
        case wait
        case raise(UInt64)
        case giveBack
    }

    struct Counts: Sendable {
        var stages: [Stage]
        var failures: [CoordinationError?]
        /// When each was asked last.
        var askedAt: [Instant]

        func places(_ wanted: Stage...) -> [Int] { stages.indices.filter { wanted.contains(stages[$0]) } }

        func count(_ wanted: Stage...) -> Int { stages.count { wanted.contains($0) } }
    }

    private struct State {
        var votes: Counts
        /// Fence of the whole; 0 until it is known to enough servers.
        var fence: UInt64 = 0
        /// The fence that is being told at present, to make it that of the whole.
        var aim: UInt64 = 0
        var isOver = false
    }

    private let state: Guarded<State>
    /// Where the one sleeps who counts.
    private let parker: Parker

    init(places: Int, parker: Parker) {
        self.parker = parker
        state = Guarded(
            State(
                votes: Counts(
                    stages: [Stage](repeating: .idle, count: places),
                    failures: [CoordinationError?](repeating: nil, count: places),
                    askedAt: [Instant](repeating: .never, count: places))))
    }

    var counts: Counts { state.withLock { $0.votes } }

    /// Nothing is wanted any more; what is granted from now on is given back.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Fence of the whole; 0 until it is known to enough servers.
    var fence: UInt64 { state.withLock { $0.fence } }

    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        defer { parker.unpark() }
        return state.withLock(body)
    }

    /// Begins to ask one; false when it has been asked already, or is not to be.
    func ask(_ place: Int) -> Bool {
        state.withLock { state in
            guard !state.isOver, [.idle, .refused, .failed].contains(state.votes.stages[place]) else { return false }
            state.votes.stages[place] = .asked
            state.votes.failures[place] = nil
            state.votes.askedAt[place] = .now
            return true
        }
    }

    /// It has a place in line.
    func stand(_ place: Int) {
        change { if $0.votes.stages[place] == .asked { $0.votes.stages[place] = .inLine } }
    }

    /// The question has ended without a grant.
    func end(_ place: Int, _ stage: Stage, _ failure: CoordinationError? = nil) {
        change { state in
            state.votes.stages[place] = stage
            state.votes.failures[place] = failure
        }
    }

    func grant(_ place: Int) -> Next {
        change { state in
            state.votes.failures[place] = nil
            if state.isOver {
                state.votes.stages[place] = .idle
                return .giveBack
            }
            state.votes.stages[place] = state.fence == 0 ? .granted : .raising
            return state.fence == 0 ? .wait : .raise(state.fence)
        }
    }

    /// Those whose grant waits for the fence; they are told it now.
    func beginRaising() -> [Int] {
        state.withLock { state in
            let places = state.votes.places(.granted)
            for place in places { state.votes.stages[place] = .raising }
            return places
        }
    }

    /// Which fence they are told.
    func aim(at fence: UInt64) {
        state.withLock { $0.aim = fence }
    }

    /// The server has taken a fence, or has not. It counts for that fence alone: an answer that comes late may be about
    /// one that too few have taken.
    ///
    /// - Returns: What is to be done with the grant.
    func endRaising(_ place: Int, _ fence: UInt64, _ failure: CoordinationError?, isHeld: Bool) -> Next {
        change { state in
            state.votes.failures[place] = failure
            guard !state.isOver, failure == nil, isHeld else {
                state.votes.stages[place] = failure == nil ? .idle : .failed
                return .giveBack
            }
            if fence == state.aim {
                state.votes.stages[place] = .counted
                return .wait
            }
            state.votes.stages[place] = state.fence == 0 ? .granted : .raising
            return state.fence == 0 ? .wait : .raise(state.fence)
        }
    }

    /// Too few servers have taken the fence: another one will be needed.
    func unsettle() {
        state.withLock { state in
            state.aim = 0
            for place in state.votes.places(.counted) { state.votes.stages[place] = .granted }
        }
    }

    /// Enough servers know the fence. Grants that have come meanwhile are returned, to be told it too.
    func settle(_ fence: UInt64) -> [Int] {
        state.withLock { $0.fence = fence }
        return beginRaising()
    }

    /// Those that are granted go back into the line, for the sake of one who came before.
    func yield() -> [Int] {
        state.withLock { state in
            let places = state.votes.places(.granted)
            for place in places {
                state.votes.stages[place] = .asked
                state.votes.askedAt[place] = .now
            }
            return places
        }
    }

    /// A grant is gone.
    func lose(_ place: Int) {
        change { if [.granted, .counted].contains($0.votes.stages[place]) { $0.votes.stages[place] = .idle } }
    }

    /// Ends it all, and returns those that are held. Of one that is just being granted or raised its own thread takes
    /// care.
    func close() -> [Int] {
        change { state in
            state.isOver = true
            let places = state.votes.places(.granted, .counted)
            for place in places { state.votes.stages[place] = .idle }
            return places
        }
    }
}
