// Where a thread sleeps until another wakes it. One bit of memory: a wake-up that comes before the sleep is not lost. A futex
// and not a condition variable: waking somebody who does not sleep then costs one atomic instruction.

import CLinux
import Glibc
import Synchronization

/// A one-bit semaphore for one sleeping thread at a time.
public class Parker: @unchecked Sendable {
    private static let empty: UInt32 = 0
    private static let permitted: UInt32 = 1
    private static let sleeping: UInt32 = 2
    private static let polling: UInt32 = 3

    // Allocated by hand: the kernel needs an address, which a stored property does not promise to have.
    private let word = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: 1)

    public init() {
        word.initialize(to: Atomic(Parker.empty))
    }

    deinit {
        word.deinitialize(count: 1)
        word.deallocate()
    }

    /// Lets the sleeping thread go on, or the next sleep end at once.
    public final func unpark() {
        switch word.pointee.exchange(Parker.permitted, ordering: .acquiringAndReleasing) {
        case Parker.sleeping: clinux_futex_wake(UnsafeMutableRawPointer(word))
        case Parker.polling: pollWake?.raise()
        default: break
        }
    }

    // Written by the sleeping thread before it says that it polls, read by others after they have seen that.
    private var pollWake: EventDescriptor?

    /// Begins a sleep in poll(2): from now on `unpark` raises the descriptor. False: woken already, do not sleep.
    final func beginPolling(_ wake: EventDescriptor) -> Bool {
        pollWake = wake
        return word.pointee.compareExchange(
            expected: Parker.empty, desired: Parker.polling, ordering: .acquiringAndReleasing
        ).exchanged
    }

    /// Ends a sleep in poll(2).
    final func endPolling() {
        _ = word.pointee.compareExchange(
            expected: Parker.polling, desired: Parker.empty, ordering: .acquiringAndReleasing)
    }

    /// Sleeps until `unpark` or the deadline; true when it was `unpark`.
    @discardableResult
    public final func park(until deadline: Instant) -> Bool {
        while true {
            if take() { return true }
            let left = deadline == .never ? 60_000 : min(deadline.milliseconds(), 60_000)
            if left == 0 { return false }
            let announced = word.pointee.compareExchange(
                expected: Parker.empty, desired: Parker.sleeping, ordering: .acquiringAndReleasing)
            guard announced.exchanged else { continue }
            // The kernel counts monotonic time here, deadlines are of the boot clock: at most a minute at a time, so that a
            // machine that was suspended looks up soon after it wakes.
            clinux_futex_wait(UnsafeMutableRawPointer(word), Parker.sleeping, left)
            _ = word.pointee.compareExchange(
                expected: Parker.sleeping, desired: Parker.empty, ordering: .acquiringAndReleasing)
        }
    }

    /// Whether somebody has unparked it since.
    final var isPermitted: Bool { word.pointee.load(ordering: .acquiring) == Parker.permitted }

    /// Takes the permit, if there is one.
    final func take() -> Bool {
        word.pointee.compareExchange(
            expected: Parker.permitted, desired: Parker.empty, ordering: .acquiringAndReleasing
        ).exchanged
    }
}
