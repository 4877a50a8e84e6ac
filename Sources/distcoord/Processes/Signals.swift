// Signals as records that can be polled for. A thread waits for them and writes each to a pipe; no handler ever runs,
// so nothing here must be async-signal-safe, and no signal is lost between two looks.

// The types of signals count as its own in builds file by file.
import CLinux
import Glibc

struct ReceivedSignal {
    let number: Int32
    /// Sent by the terminal, which has sent it to our whole foreground group, the child included.
    let isFromTerminal: Bool

    var isTermination: Bool { Signals.terminations.contains(number) }
}

struct Signals {
    static let terminations: [Int32] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT]
    static let forwarded: [Int32] = terminations + [SIGUSR1, SIGUSR2]

    /// Readable when a signal has come.
    let descriptor: Int32
    /// What a shell without job control has a background command ignore, so that Ctrl-C is for the foreground alone.
    private let ignoredFromTerminal: Set<Int32>
    /// What was blocked before: for children.
    let originalMask: sigset_t

    /// Takes over the signals of the process. To be called before any other thread exists: threads inherit the mask.
    init() throws {
        var taken = sigset_t()
        sigemptyset(&taken)
        var ignoredFromTerminal: Set<Int32> = []
        for number in Self.forwarded + [SIGCHLD, SIGTSTP] {
            if number != SIGCHLD, Self.isIgnored(number) {
                // A caller that has us ignore a signal (nohup) means it, but for these two it means the keyboard's.
                if number != SIGINT, number != SIGQUIT { continue }
                ignoredFromTerminal.insert(number)
            }
            sigaddset(&taken, number)
        }
        self.ignoredFromTerminal = ignoredFromTerminal
        var blocked = taken
        // Writing to a child that does not read must answer EPIPE. Blocked and not ignored, as children would inherit
        // that.
        sigaddset(&blocked, SIGPIPE)
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        originalMask = before

        let pipe = try Pipe()
        descriptor = pipe.readEnd
        let writeEnd = pipe.writeEnd
        let waited = taken
        try startThread {
            var waited = waited
            var info = siginfo_t()
            while true {
                let number = sigwaitinfo(&waited, &info)
                guard number > 0 else { continue }
                // Kernel-made codes are positive; kill, tgkill and sigqueue have zero and negative ones.
                let record = [UInt8(truncatingIfNeeded: number), info.si_code > 0 ? 1 : 0]
                _ = Output.writeAll(record, to: writeEnd)
            }
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        // SIG_IGN is a pointer with the value 1, which Swift imports as no constant.
        return action.__sigaction_handler.sa_handler.map { unsafeBitCast($0, to: Int.self) } == 1
    }

    /// Whether a shell without job control has started us in its background, in whose group we are all the same.
    var isInBackground: Bool { ignoredFromTerminal.contains(SIGINT) }

    /// Stops this process as SIGTSTP does by itself: not where no shell could ever let it go on.
    static func stopSelf() {
        var stop = sigset_t()
        sigemptyset(&stop)
        sigaddset(&stop, SIGTSTP)
        pthread_sigmask(SIG_UNBLOCK, &stop, nil)
        // To this thread alone, past the one that waits for signals. It returns when we go on.
        raise(SIGTSTP)
        pthread_sigmask(SIG_BLOCK, &stop, nil)
    }

    /// The next signal that has come, if one has.
    func next() -> ReceivedSignal? {
        while true {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 0) > 0 else { return nil }
            var record: [UInt8] = [0, 0]
            guard read(descriptor, &record, 2) == 2 else { return nil }
            let signal = ReceivedSignal(number: Int32(record[0]), isFromTerminal: record[1] == 1)
            if !(signal.isFromTerminal && ignoredFromTerminal.contains(signal.number)) { return signal }
        }
    }

    /// A termination that came before there was a child to send it to. Other signals are dropped.
    func pendingTermination() -> ReceivedSignal? {
        while let signal = next() {
            if signal.isTermination { return signal }
        }
        return nil
    }

    /// Sleeps until then; a termination ends the command.
    func pause(until moment: Int64) throws {
        while true {
            if let signal = pendingTermination() { throw Ended(status: ExitStatus.signalled(signal.number)) }
            if monotonicMilliseconds() >= moment { return }
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&ready, 1, pollTimeout(until: moment))
        }
    }
}
