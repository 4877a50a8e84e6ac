// A watch of a run: its events, from the first that is kept.
//
// The channel of the run tells only that there is an event with some number; the events themselves are read, many at
// once, when there are any the watch has not read. So a watch that is slow, or was cut off, misses none, and holds one
// page of them.

import DistCoordRedis

/// Tells what happens in a run, to one taker at a time.
public final class RunWatch: WatchForm {
    private struct State: Sendable {
        /// Read and not taken yet, the next at the end.
        var events: [RunEvent] = []
        /// Of the last event that was read, and the greatest that is there as far as is known.
        var read: Int64 = 0
        var told: Int64 = 0
        /// Messages may have been missed.
        var isBlind = true
        /// When to read although nothing was told: that the run is forgotten is told by nobody.
        var readAt = Instant.never

        var mustRead: Bool { isBlind || told > read || readAt <= .now }
    }

    private enum Taken {
        case event(RunEvent)
        case unknown
    }

    private let core: WatchCore
    private let run: RunHandle
    private let state = Guarded(State())

    /// In milliseconds.
    private static let recheck: ClosedRange<Int64> = 8_000...12_000

    init(_ run: RunHandle) throws(CoordinationError) {
        core = try WatchCore(run.queue.client)
        self.run = run
        let state = state
        let keys = try run.room().session.keys
        try core.follow(keys.changes(run: run.id, queue: run.queue.name)) { message in
            state.withLock { state in
                if let number = message.flatMap({ Int64(String(decoding: $0, as: UTF8.self)) }) {
                    state.told = max(state.told, number)
                } else {
                    state.isBlind = true
                }
            }
        }
    }

    /// Takes the next event, waiting for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Returns: `.ok` with the event; `.notFound`, `.timedOut`, `.cancelled`, `.interrupted`.
    public func next(milliseconds: Int64) throws(CoordinationError) -> (Status, RunEvent?) {
        let (status, taken) = try core.next(milliseconds: milliseconds) { () throws(CoordinationError) -> Taken? in
            defer { core.look(at: state.withLock { $0.readAt }) }
            let (event, mustRead) = state.withLock { ($0.events.popLast(), $0.mustRead) }
            if let event { return .event(event) }
            guard mustRead else { return nil }
            guard try read() else { return .unknown }
            return state.withLock { $0.events.popLast() }.map { .event($0) }
        }
        switch taken {
        case .event(let event): return (status, event)
        case .unknown: return (.notFound, nil)
        case nil: return (status, nil)
        }
    }

    /// Reads what was not read yet; false when the run is not known.
    private func read() throws(CoordinationError) -> Bool {
        let room = try run.room()
        let before = state.withLock { state in
            // What is told from here on may not be in the answer.
            state.isBlind = false
            return state
        }
        var isRead = false
        defer { if !isRead { state.withLock { $0.isBlind = true } } }
        let id = run.id
        var last = before.read
        var reply = try run.ask({ $0.history(id, after: last) }, room)
        if let present = reply?.integer(at: 0), present < last {
            // A failover has lost events, whose numbers are given again: what this watch has not seen begins after
            // those it has, and where that is nobody knows. The end of a run is its last event.
            last = max(present - 1, 0)
            reply = try run.ask({ $0.history(id, after: last) }, room)
        }
        guard let reply else { return false }
        take(reply, after: last, before)
        isRead = true
        return true
    }

    private func take(_ reply: Reply, after last: Int64, _ before: State) {
        var events: [RunEvent] = []
        var read = last
        for place in stride(from: 1, to: reply.count - 1, by: 2) {
            let number = reply.integer(at: place)
            guard number > read else { continue }
            read = number
            if let event = RunEvent(number: number, reply.string(at: place + 1)) { events.append(event) }
        }
        state.withLock { state in
            // Of two takers one has read these already.
            guard state.read == before.read, state.events.isEmpty else { return }
            state.events = events.reversed()
            state.read = read
            // What was told before and is not there now is lost; what was told meanwhile is to be read.
            if events.isEmpty, state.told == before.told { state.told = read }
            state.told = events.isEmpty ? state.told : max(state.told, reply.integer(at: 0))
            state.readAt = Instant.now.advanced(milliseconds: Int64.random(in: RunWatch.recheck))
        }
    }

    public var eventDescriptor: Int32 { core.eventDescriptor }

    public func cancelWaits() { core.cancelWaits() }

    public func dispose() { core.dispose() }
}
