// The helper process that gives back what this process held when it dies.
//
// It is started in the background with the first thing held, and is nobody's child, so that a host that waits for its
// children does not meet it. It waits for the end of this process, not for anything less, and is told to end when the
// client closes.

import DistCoordRedis
import Glibc
import Synchronization

/// Starts and ends the guardian of one client in one process.
final class Guardian: Sendable {
    private struct State {
        var isOver = false
        var process: ProcessWatch?
    }

    private let arguments: [String]
    private let environment: [String]
    private let log: Log
    private let wasStarted = Atomic<Bool>(false)
    private let state = Guarded(State())

    /// Names the process that is guarded and when that was started, "<number>:<ticks since boot>": its number may be
    /// another's by the time the guardian looks.
    static let guardedVariable = "DISTCOORD_GUARDED"

    /// Nil when none is wished for, or none can be: the address cannot be handed on.
    ///
    /// - Parameter client: Identity of the client.
    init?(options: ClientOptions, address: ServerAddress, client: String) {
        log = options.log
        guard !options.guardian.isEmpty else { return nil }
        guard let url = address.secretText else {
            log(.warning, "there is no guardian: its environment cannot express this address; use a redis:// URL")
            return nil
        }
        let process = getpid()
        arguments = options.guardian + ["--pid", String(process), "--client", client]
        var settings = ["DISTCOORD_URL": url, "DISTCOORD_NAMESPACE": options.namespace]
        if let started = ProcessWatch.startTime(of: process) {
            settings[Guardian.guardedVariable] = "\(process):\(started)"
        }
        // Read here, on a thread of the host's: it may change its environment while threads of ours run.
        let inherited = DetachedProcess.environment.filter { entry in
            settings[String(entry.prefix { $0 != "=" })] == nil && !entry.hasPrefix("\(Guardian.guardedVariable)=")
        }
        environment = inherited + settings.map { "\($0)=\($1)" }
    }

    /// Starts it, the first time that it is called. Blocks nobody: a process takes a millisecond to start.
    func start() {
        if wasStarted.load(ordering: .relaxed) || wasStarted.exchange(true, ordering: .relaxed) { return }
        do throws(RedisError) {
            try NativeThread.start("dc-guardian") { self.run() }
        } catch {
            log(.warning, "there is no guardian: \(error.message)")
        }
    }

    private func run() {
        if state.withLock({ $0.isOver }) { return }
        do throws(RedisError) {
            let process = ProcessWatch(try DetachedProcess.startOrphan(arguments, environment: environment))
            let isOver = state.withLock { state in
                state.process = process
                return state.isOver
            }
            if isOver { process.terminate() }
            log(.debug, "guardian started, process \(process.process)")
        } catch {
            log(.warning, "there is no guardian: \(error.message)")
        }
    }

    /// Ends it: the client has given back what it held, and holds nothing any more.
    func end() {
        state.withLock { state in
            state.isOver = true
            defer { state.process = nil }
            return state.process
        }?.terminate()
    }
}
