// Works through a run until it has ended, and heeds signals meanwhile.

import DistCoord
import Glibc
import Synchronization

struct RunSession {
    /// How long the end of a run that was stopped twice is waited for.
    private static let patience: Int64 = 5000

    let place: any RunPlace
    let signals: Signals
    let settings: WorkerSettings
    let printer: StepPrinter
    let jobs: Int
    /// Of the run as a whole.
    let timeout: Duration?
    let follower: RunFollower

    /// How it came to an end here.
    enum End {
        /// The run has ended; a signal had asked for that, if one is given.
        case ended(RunSummary, ReceivedSignal?)
        /// It goes on without this process.
        case left(ReceivedSignal)
    }

    func run() throws -> End {
        let control = try WorkerControl(place.source, title: place.title)
        var slots: [WorkerSlot] = []
        for _ in 0..<jobs { slots.append(try WorkerSlot(control, settings, signals)) }
        for slot in slots { try startThread { slot.run() } }
        try follower.start()
        let signal = attend(slots, control)
        finish(slots, control)
        follower.look()
        follower.finish()
        printer.endStatus()
        if let failure = control.failure.withLock({ $0 }) { throw failure }
        if let summary = follower.summary, summary.state.hasEnded { return .ended(summary, signal) }
        if let signal { return .left(signal) }
        throw follower.failure ?? Complaint("\(place.title): not ended", status: ExitStatus.ourFault)
    }

    /// Until the run has ended or this process is to leave it. Gives the signal that asked for either.
    private func attend(_ slots: [WorkerSlot], _ control: WorkerControl) -> ReceivedSignal? {
        var signal: ReceivedSignal?
        var isLeaving = false
        var leaveAt: Int64?
        var timeoutAt = timeout.map { monotonicMilliseconds() + $0.wholeMilliseconds }
        while true {
            var ready = [
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: control.ended.readEnd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: follower.ended.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            let tick = printer.hasStatus ? monotonicMilliseconds() + 250 : nil
            let next = [tick, leaveAt, timeoutAt].compactMap { $0 }.min()
            _ = poll(&ready, 3, pollTimeout(until: next))
            if ready[1].revents != 0 { JobProcess.drainByte(control.ended.readEnd) }
            while let received = signals.next() {
                switch received.number {
                case SIGCHLD: for slot in slots { slot.poke() }
                case SIGTERM, SIGINT, SIGHUP, SIGQUIT:
                    let stopsRun = received.number == SIGINT || place.isAlone
                    if signal == nil, stopsRun {
                        printer.note("\(place.title): stopping it everywhere; once more to stop at once")
                        stop(atOnce: false, received)
                    } else if signal == nil || !isLeaving {
                        // A run of several goes on where others are: this one gives back what it has.
                        isLeaving = true
                        if signal != nil { stop(atOnce: true, received) }
                        leaveAt = monotonicMilliseconds() + (signal == nil ? .max / 2 : Self.patience)
                        control.enter(.givingBack)
                        for slot in slots { slot.poke() }
                    }
                    signal = signal ?? received
                default: break
                }
            }
            if follower.hasEnded { return signal }
            let isIdle = control.running.load(ordering: .acquiring) == 0
            if control.failure.withLock({ $0 }) != nil { return signal }
            if isLeaving, isIdle, signal.map({ !stopped($0) }) ?? false { return signal }
            if let at = leaveAt, monotonicMilliseconds() >= at { return signal }
            if let at = timeoutAt, monotonicMilliseconds() >= at, let timeout {
                timeoutAt = nil
                printer.note("\(place.title): not ended within \(timeout.precise); stopping it")
                stop("it took longer than \(timeout.precise)", atOnce: false)
            }
            if let summary = follower.summary {
                printer.status("\(summary.ended) of \(summary.total) steps, \(summary.failed) failed")
            }
        }
    }

    /// Whether that signal, as the first one, has stopped the run.
    private func stopped(_ signal: ReceivedSignal) -> Bool { signal.number == SIGINT || place.isAlone }

    /// Lets the slots end: those that run give back what they have.
    private func finish(_ slots: [WorkerSlot], _ control: WorkerControl) {
        control.enter(.givingBack)
        while control.running.load(ordering: .acquiring) > 0 {
            control.source.stop()
            for slot in slots { slot.poke() }
            var ready = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&ready, 1, 20)
            while signals.next() != nil {}
        }
    }

    // MARK: Stopping the run

    private func stop(atOnce: Bool, _ signal: ReceivedSignal) {
        let name = signal.number == SIGINT ? "interrupted" : "ended by signal \(signal.number)"
        stop("\(name) at \(place.source.name)", atOnce: atOnce)
    }

    /// On a thread of its own: a server that is away must not keep us from heeding signals.
    private func stop(_ reason: String, atOnce: Bool) {
        let place = place
        let follower = follower
        _ = try? startThread {
            var retries = Retries()
            while !follower.hasEnded {
                // One that has not been started yet is about to be.
                if let answer = try? place.run.stop(reason: reason, atOnce: atOnce), answer != .notFound { return }
                sleep(UInt32(min(2, retries.nextDelay())))
            }
        }
    }
}
