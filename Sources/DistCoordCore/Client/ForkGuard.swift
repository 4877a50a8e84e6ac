// After fork(2) a child has the parent's memory, but none of its threads, and must not use its sockets. A counter that the
// child's first instructions increment tells whether an object was made by this process.

import Glibc
import Synchronization

/// Knows which process this is.
enum ForkGuard {
    /// How many forks lie between the process that loaded the library and this one.
    static var generation: Int {
        _ = registration
        return counter.load(ordering: .relaxed)
    }

    /// Taken over a fork, so that a child never inherits it locked; guards what must be remade in the child.
    static func withLock<Result>(_ body: () -> Result) -> Result {
        _ = registration
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    private static let counter = Atomic<Int>(0)

    // Never freed: the handlers of pthread_atfork cannot be taken back. Unsafe only to the compiler: a pthread mutex is made
    // to be shared.
    private nonisolated(unsafe) static let mutex: UnsafeMutablePointer<pthread_mutex_t> = {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        return mutex
    }()

    /// Makes what Swift makes at first use. Its guard of first uses goes by a thread number that is stale in the child's first
    /// thread: two threads of a child that meet there could wait for ever.
    private static func makeGlobals() {
        _ = ExclusiveCalls.scripts
        _ = SeveralCalls.scripts
        _ = PermitCalls.scripts
        _ = PermitPlace.scripts
        _ = BarrierHandle.scripts
        _ = BreakerCalls.scripts
        _ = LimiterCalls.scripts
        _ = LatchHandle.scripts
        _ = EventHandle.scripts
        _ = DoubleBarrierHandle.scripts
        _ = PartyCalls.scripts
        _ = MembershipHandle.scripts
        _ = MemberCalls.scripts
        _ = QueueCalls.scripts
        _ = ScheduleCalls.scripts
        _ = WorkerCalls.scripts
        _ = StatisticsCalls.scripts
        _ = HoldCalls.scripts
        _ = Channel.scripts
        _ = TopicCalls.scripts
        _ = ConsumerCalls.scripts
        _ = StateCalls.scripts
        _ = ArtifactCalls.scripts
        _ = RunCalls.scripts
        _ = WorkflowGraph.scripts
    }

    private static let registration: Void = {
        _ = mutex
        pthread_atfork(
            {
                ForkGuard.makeGlobals()
                pthread_mutex_lock(ForkGuard.mutex)
            },
            { pthread_mutex_unlock(ForkGuard.mutex) },
            {
                pthread_mutex_init(ForkGuard.mutex, nil)
                ForkGuard.counter.wrappingAdd(1, ordering: .relaxed)
            })
    }()
}
