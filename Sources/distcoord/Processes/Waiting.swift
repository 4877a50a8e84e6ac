// Waiting for something of the library while signals are heeded.

import DistCoord
import Glibc
import Synchronization

enum Waiting {
    /// How long a wait that was told to end may take to clear up behind itself before the process ends all the same.
    private static let clearing: Int64 = 3000

    private final class Outcome<Value: Sendable>: Sendable {
        let value = Mutex<Result<Value, any Error>?>(nil)
    }

    /// Runs a call that waits, on a thread of its own. A termination signal ends the wait through `cancel`; then the
    /// signal is given along with what the call came to, which may be a success that just happened: it must be undone.
    ///
    /// - Parameter isStream: Whether it also ends, as by SIGPIPE, when nobody reads stdout any more: what writes
    ///   seldom would otherwise notice that long after, and a reader's end is the end of the pipeline.
    static func run<Value: Sendable>(
        heeding signals: Signals, isStream: Bool = false, cancel: () -> Void,
        _ call: @escaping @Sendable () throws -> Value
    ) throws -> (value: Value, signal: ReceivedSignal?) {
        let outcome = Outcome<Value>()
        let done = try Pipe()
        try startThread {
            let result = Result { try call() }
            outcome.value.withLock { $0 = result }
            _ = Output.writeAll([1], to: done.writeEnd)
        }
        var ending: (signal: ReceivedSignal, deadline: Int64)?
        while true {
            var ready = [
                pollfd(fd: done.readEnd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                // No event is asked for: what is told all the same is that the reader is gone.
                pollfd(fd: isStream && ending == nil ? STDOUT_FILENO : -1, events: 0, revents: 0),
            ]
            // The library ends only waits in progress, and the call may be just short of its wait: hence again and
            // again.
            _ = poll(&ready, nfds_t(ready.count), ending == nil ? -1 : 20)
            if let result = outcome.value.withLock({ $0 }) {
                // The thread may be just short of writing its byte, which must not hit what the number is used for
                // next.
                var byte: UInt8 = 0
                _ = read(done.readEnd, &byte, 1)
                done.closeBoth()
                if let ending, case .failure = result {
                    throw Ended(status: ExitStatus.signalled(ending.signal.number))
                }
                return (try result.get(), ending?.signal)
            }
            while let signal = signals.next() {
                if signal.number == SIGTSTP {
                    Signals.stopSelf()
                } else if signal.isTermination {
                    // The second one means at once.
                    if ending != nil { throw Ended(status: ExitStatus.signalled(signal.number)) }
                    ending = (signal, monotonicMilliseconds() + clearing)
                }
            }
            if ready[2].revents & Int16(POLLERR | POLLHUP) != 0, ending == nil {
                let gone = ReceivedSignal(number: SIGPIPE, isFromTerminal: false)
                ending = (gone, monotonicMilliseconds() + clearing)
            }
            if let ending {
                if monotonicMilliseconds() > ending.deadline {
                    throw Ended(status: ExitStatus.signalled(ending.signal.number))
                }
                cancel()
            }
        }
    }
}
