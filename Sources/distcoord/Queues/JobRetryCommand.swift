// distcoord job retry

import ArgumentParser
import DistCoord

struct JobRetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Let dead jobs be tried again, from the first attempt on.",
        usage: """
            distcoord job retry ID ... [--queue QUEUE]
            distcoord job retry QUEUE --all
            distcoord job retry QUEUE [--task T] --filter 'error~timeout age<1d'
            """,
        discussion: """
            Example: distcoord job retry thumbs --filter 'error~timeout'

            With --all, --task or --filter it prints how many they were. Exit status 1: one is no dead job, or another \
            has taken its unique key.
            """)

    @Argument(help: ArgumentHelp("The jobs' ids, or the queue's name.", valueName: "id"))
    var names: [String]

    @Flag(name: .long, help: "All dead jobs of the queue.")
    var all = false

    @OptionGroup var selection: JobSelection
    @OptionGroup var place: JobPlace
    @OptionGroup var global: GlobalOptions

    private var isForMany: Bool { all || !selection.isEmpty }

    func validate() throws {
        if all, !selection.isEmpty { throw ValidationError("--all and --task or --filter exclude each other") }
        if isForMany, names.count != 1 || place.queue != nil {
            throw ValidationError("with --all, --task or --filter name the queue, and nothing else")
        }
    }

    func run() throws {
        let client = try global.open()
        if isForMany { return try retryMany(client) }
        try forEach(names) { id in
            let queue = try place.find(client, id)
            switch try queue.retryDead(id).answer {
            case .ok: break
            case .exists: throw Complaint("job '\(id)': another job has its unique key", status: ExitStatus.no)
            default: throw Complaint("job '\(id)': no dead job in queue '\(queue.name)'", status: ExitStatus.no)
            }
        }
    }

    private func retryMany(_ client: BlockingClient) throws {
        let queue = try place.shape.open(client, names[0])
        let count = try selection.isEmpty ? queue.retryDead(nil).count : retrySelected(queue)
        if global.printsJSON {
            try Output.line(.object([("queue", .string(queue.name)), ("retried", .int(count))]))
        } else {
            try Output.line(String(count))
        }
    }

    private func retrySelected(_ queue: BlockingQueue) throws -> Int {
        let now = Output.now()
        // All first: each that is retried leaves the list, and the next page would begin too far on.
        let jobs = try JobPages(queue: queue, states: [.dead]) { selection.admits($0, now: now) }
            .collect(offset: 0, limit: .max)
        var count = 0
        for job in jobs {
            switch try queue.retryDead(job.id).answer {
            case .ok: count += 1
            case .exists: Output.note("job '\(job.id)': another job has its unique key; it stays dead")
            // Somebody else has dealt with it meanwhile.
            default: break
            }
        }
        return count
    }
}
