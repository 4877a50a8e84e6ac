// What all watches share: public channels say that there may be something new, a thread waits for that or a poll loop is
// told, and whoever takes a change looks at the server when it must.

import DistCoordRedis

/// A watch as its owner sees it, whatever it is a watch of.
public protocol WatchForm: AnyObject, Sendable {
    /// Readable while there may be something to take; -1 when the process has no descriptor left.
    var eventDescriptor: Int32 { get }
    /// Ends the waits in progress.
    func cancelWaits()
    /// Ends the watch.
    func dispose()
}

/// Waits for changes, for one taker at a time.
final class WatchCore: Sendable {
    private struct State {
        var followers: [ChannelFollower] = []
        var waits: [ObjectIdentifier: Wait] = [:]
        var descriptor: EventDescriptor?
        /// When to look although nothing was told.
        var lookAt = Instant.never
        var isDisposed = false
    }

    private let client: Client
    private let session: Session
    private let state = Guarded(State())
    private let scope = CancelScope()

    /// After a failure that may pass, the server is asked again this much later, in milliseconds.
    private static let retry: Int64 = 200

    init(_ client: Client) throws(CoordinationError) {
        self.client = client
        session = try client.openSession()
    }

    /// Has the messages on a public channel told from when this returns, each followed by a `stir`; see `Mailbox.follow`.
    func follow(
        _ channel: String, _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>?) -> Void
    ) throws(CoordinationError) {
        let wait = Wait(session, scope: scope, milliseconds: -1)
        defer { wait.end() }
        let follower: ChannelFollower
        do throws(RedisError) {
            follower = try session.mailbox.follow(channel, patience: wait.patience) { [weak self] message in
                body(message)
                self?.stir()
            }
        } catch {
            if error.code == .cancelled, let reason = wait.stopReason { throw CoordinationError(reason, error.message) }
            throw CoordinationError(error)
        }
        let isLate = state.withLock { state in
            if !state.isDisposed { state.followers.append(follower) }
            return state.isDisposed
        }
        if isLate { follower.end() }
    }

    /// Says that there may be something to take.
    func stir() {
        state.withLock { state in
            state.descriptor?.raise()
            for wait in state.waits.values { wait.parker.unpark() }
        }
    }

    /// Stirs at that time, unless another is set before.
    func look(at moment: Instant) {
        let isForPolling = state.withLock { state in
            state.lookAt = moment
            return state.descriptor != nil
        }
        if isForPolling { session.alarms.watch(self) }
    }

    /// Waits until `take` has something, for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Parameter take: Gives what was told, or looks at the server if it has to; nil when there is nothing new. Failures
    ///   that may pass are no reason to give up while there is time.
    /// - Returns: `.ok` with the change; `.timedOut`, `.cancelled`, `.interrupted`.
    func next<Change>(
        milliseconds: Int64, take: () throws(CoordinationError) -> Change?
    ) throws(CoordinationError) -> (Status, Change?) {
        let present = try client.openSession()
        guard present === session else {
            throw CoordinationError(.forked, "this watch belongs to the parent of this process; begin another")
        }
        let wait = Wait(session, scope: scope, milliseconds: milliseconds)
        defer { wait.end() }
        return try next(wait, take: take)
    }

    /// The same in a wait that has begun.
    func next<Change>(
        _ wait: Wait, take: () throws(CoordinationError) -> Change?
    ) throws(CoordinationError) -> (Status, Change?) {
        wait.expectMessages()
        state.withLock { $0.waits[ObjectIdentifier(wait)] = wait }
        defer { state.withLock { $0.waits[ObjectIdentifier(wait)] = nil } }
        while true {
            state.withLock { state in
                // Lowered before the look: what comes after it raises it again.
                state.descriptor?.lower()
                if state.lookAt <= .now { state.lookAt = .never }
            }
            do throws(CoordinationError) {
                if let change = try take() {
                    // There may be more.
                    state.withLock { $0.descriptor?.raise() }
                    return (.ok, change)
                }
            } catch {
                if let reason = wait.stopReason { return (reason, nil) }
                look(at: .now.advanced(milliseconds: WatchCore.retry))
                guard error.status.isRetriable, Instant.now < wait.deadline else { throw error }
            }
            if let reason = wait.stopReason { return (reason, nil) }
            if Instant.now >= wait.deadline { return (.timedOut, nil) }
            wait.sleep(until: state.withLock { $0.lookAt })
        }
    }

    /// The patience for a round trip of `take`.
    var patience: Patience { session.patience() }

    var eventDescriptor: Int32 {
        let (descriptor, isNew) = state.withLock { state -> (Int32, Bool) in
            if let present = state.descriptor { return (present.descriptor, false) }
            let made = EventDescriptor()
            guard made.descriptor >= 0 else { return (-1, false) }
            // What is there at the beginning is to be taken, too.
            made.raise()
            state.descriptor = made
            return (made.descriptor, true)
        }
        if isNew {
            session.mailbox.readUnattended()
            session.alarms.watch(self)
        }
        return descriptor
    }

    func cancelWaits() { scope.cancel() }

    func dispose() {
        scope.cancel()
        let followers = state.withLock { state in
            state.isDisposed = true
            state.lookAt = .never
            defer { state.followers.removeAll() }
            return state.followers
        }
        guard session.generation == ForkGuard.generation else { return }
        for follower in followers { follower.end() }
        session.alarms.forget(self)
    }
}

extension WatchCore: Alarmed {
    var nextAlarm: Instant {
        state.withLock { $0.descriptor == nil ? .never : $0.lookAt }
    }

    func alarm(now: Instant) {
        let isDue = state.withLock { state in
            guard state.lookAt <= now else { return false }
            state.lookAt = .never
            return true
        }
        if isDue { stir() }
    }
}
