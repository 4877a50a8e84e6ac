// A worker in Swift: the module's worker with a handler, until SIGTERM. programs/worker.c says what jobs ask for,
// programs/record.h what is written down.
//
//   AccountingWorker URL LABEL FOLDER CONCURRENCY SEED QUEUE[/PARTITIONS]...

import DistCoord
import Glibc

/// The lines that this process writes, each at the end of the file by one write.
struct Record: Sendable {
    private let file: Int32

    init(folder: String, label: String) {
        file = open("\(folder)/\(label).log", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    }

    func write(_ words: String...) {
        let line = words.joined(separator: " ") + "\n"
        _ = Glibc.write(file, line, line.utf8.count)
    }

    static var moment: String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return String(now.tv_sec * 1_000_000_000 + now.tv_nsec)
    }
}

@main
struct AccountingWorker: Sendable {
    let label: String
    let record: Record

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 6, let concurrency = Int(arguments[4]) else {
            let usage = "usage: AccountingWorker URL LABEL FOLDER CONCURRENCY SEED QUEUE[/PARTITIONS]...\n"
            write(STDERR_FILENO, usage, usage.utf8.count)
            exit(64)
        }
        var ending = sigset_t()
        sigemptyset(&ending)
        sigaddset(&ending, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &ending, nil)
        let options = ClientOptions(
            namespace: "accounting", label: arguments[2], connectTimeout: .seconds(1), commandTimeout: .seconds(2))
        let client = try Client.open(arguments[1], options: options)
        let queues = arguments[6...].map { spec in
            let parts = spec.split(separator: "/")
            return WorkerQueue(String(parts[0]), partitions: parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        }
        let worker = try client.worker(queues, options: WorkerOptions(concurrency: concurrency, lease: .seconds(1)))
        let own = AccountingWorker(label: arguments[2], record: Record(folder: arguments[3], label: arguments[2]))
        worker.registerOthers { job in try await own.attend(job) }
        stopAtSignal(worker)
        try await worker.run()
        try await client.close()
    }

    /// A thread that waits for SIGTERM.
    static func stopAtSignal(_ worker: Worker) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                var ending = sigset_t()
                var number: Int32 = 0
                sigemptyset(&ending)
                sigaddset(&ending, SIGTERM)
                sigwait(&ending, &number)
                if let context { Unmanaged<Worker>.fromOpaque(context).takeRetainedValue().stop() }
                return nil
            }, Unmanaged.passRetained(worker).toOpaque())
    }

    func attend(_ job: Job) async throws -> [UInt8] {
        let words = job.text.split(separator: " ")
        let name = String(words[0]), script = Array(words[1]), microseconds = Int(words[2]) ?? 0
        let fence = String(job.fence)
        record.write("c", Record.moment, name, job.id, fence, String(job.attempt), String(job.maxAttempts))
        if microseconds > 0 { try await Task.sleep(for: .microseconds(microseconds)) }
        let result = Array("\(label) \(fence) \(job.attempt)".utf8)
        switch script[min(job.attempt, script.count) - 1] {
        case "d": return result
        case "f": await settle(job, name, "fail") { try await job.fail("asked to fail") }
        case "x": await settle(job, name, "fail_for_good") { try await job.fail("asked to die", retry: false) }
        case "r" where Bool.random(): await settle(job, name, "release") { try await job.release() }
        case "k": kill(getpid(), SIGKILL)
        case "w", "t":
            try await Task.sleep(for: .milliseconds(job.timeout == nil ? 1_300 : 400))
            fallthrough
        default: await settle(job, name, "complete") { try await job.complete(with: result) }
        }
        return []
    }

    func settle(_ job: Job, _ name: String, _ how: String, _ end: () async throws -> Void) async {
        let before = Record.moment
        var status = "OK"
        do {
            try await end()
        } catch let error as DistCoordError {
            status = "\(error.code)"
        } catch {
            status = "OTHER"
        }
        record.write("s", before, Record.moment, name, String(job.fence), how, status)
    }
}
