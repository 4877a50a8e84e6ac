// What can be cancelled together: all waits of a client, all waits on a handle.

import DistCoordRedis
import Synchronization

/// A group of waits that one call can end. Waits that begin after the call are not affected.
final class CancelScope: Sendable {
    private let epoch = Atomic<Int>(0)
    private let sleepers = Guarded<[ObjectIdentifier: Parker]>([:])

    /// Changes with every `cancel`.
    var currentEpoch: Int { epoch.load(ordering: .acquiring) }

    func cancel() {
        epoch.wrappingAdd(1, ordering: .releasing)
        sleepers.withLock { for parker in $0.values { parker.unpark() } }
    }

    func add(_ parker: Parker) {
        sleepers.withLock { $0[ObjectIdentifier(parker)] = parker }
    }

    func remove(_ parker: Parker) {
        sleepers.withLock { $0[ObjectIdentifier(parker)] = nil }
    }
}

/// One operation that may wait: until when, and what may end it before.
final class Wait: Sendable {
    /// When the caller gives up.
    let deadline: Instant
    /// Where the operation's thread sleeps; whoever has news for it unparks it.
    let parker = Parker()
    private let session: Session
    private let handleScope: CancelScope
    private let sessionEpoch: Int
    private let handleEpoch: Int
    private let interrupt: (@Sendable () -> Bool)?
    /// Set when the wait is for messages: its thread then reads them itself while it sleeps.
    private let isForMessages = Atomic<Bool>(false)
    /// Remembers that the interrupt function has said yes; it is not asked again.
    private let wasInterrupted = Atomic<Bool>(false)

    /// Begins an operation; `end` must follow.
    ///
    /// - Parameter milliseconds: Negative for ever, 0 for no wait at all.
    init(_ session: Session, scope: CancelScope, milliseconds: Int64) {
        self.session = session
        handleScope = scope
        deadline = .after(waitMilliseconds: milliseconds)
        sessionEpoch = session.cancelScope.currentEpoch
        handleEpoch = scope.currentEpoch
        interrupt = session.options.interrupt
        session.beginOperation()
    }

    /// The operation has ended, and what it has brought is known to those who give it back when the client closes.
    func end() {
        if isForMessages.load(ordering: .relaxed) { session.mailbox.handOver() }
        session.endOperation()
    }

    /// Why the wait is to end before its time, if it is.
    var stopReason: Status? {
        if session.cancelScope.currentEpoch != sessionEpoch || handleScope.currentEpoch != handleEpoch {
            return .cancelled
        }
        guard let interrupt, NativeThread.isInitial else { return nil }
        if wasInterrupted.load(ordering: .relaxed) { return .interrupted }
        guard interrupt() else { return nil }
        wasInterrupted.store(true, ordering: .relaxed)
        return .interrupted
    }

    /// Patience for a round trip on behalf of this wait: the command timeout, whatever the wait's own.
    var patience: Patience {
        session.redis.patience { self.stopReason != nil }
    }

    /// Sleeps until somebody unparks the thread, the moment comes, or the wait is to be looked at again.
    func sleep(until moment: Instant) {
        sleep(until: moment) { [self] end in
            if isForMessages.load(ordering: .relaxed) {
                session.mailbox.sleep(parker, until: end)
            } else {
                parker.park(until: end)
            }
        }
    }

    /// The same with a sleep of the caller's own, which ends when the parker is unparked, too.
    func sleep(until moment: Instant, by sleep: (_ end: Instant) -> Void) {
        session.cancelScope.add(parker)
        handleScope.add(parker)
        defer {
            session.cancelScope.remove(parker)
            handleScope.remove(parker)
        }
        // A cancel between the caller's last look and the registration above has unparked nobody.
        if session.cancelScope.currentEpoch != sessionEpoch || handleScope.currentEpoch != handleEpoch { return }
        let slice =
            interrupt != nil && NativeThread.isInitial ? Instant.now.advanced(milliseconds: Patience.slice) : .never
        sleep(min(moment, deadline, slice))
    }

    func expectMessages() {
        isForMessages.store(true, ordering: .relaxed)
    }
}
