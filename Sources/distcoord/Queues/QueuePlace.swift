// Which queue a command is about.

import ArgumentParser
import DistCoord

/// How a queue is kept; the same for all who use it.
struct QueueShape: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("In how many partitions the queue is kept.", valueName: "number"))
    var partitions: Int = 1

    func open(_ client: BlockingClient, _ name: String) throws -> BlockingQueue {
        try BlockingQueue(client, name, QueueOptions(partitions: partitions))
    }
}

/// The queue as an argument.
struct QueuePlace: ParsableArguments {
    @Argument(help: "The queue's name.")
    var queue: String

    @OptionGroup var shape: QueueShape

    var title: String { "queue '\(queue)'" }

    func open(_ client: BlockingClient) throws -> BlockingQueue { try shape.open(client, queue) }
}

/// The queue of a job, which need not be named.
struct JobPlace: ParsableArguments {
    @Option(name: [.customShort("Q"), .long], help: "The job's queue. Default: each queue of the namespace is asked.")
    var queue: String?

    @OptionGroup var shape: QueueShape

    func find(_ client: BlockingClient, _ id: String) throws -> BlockingQueue {
        if let queue { return try shape.open(client, queue) }
        if let found = try BlockingQueue.find(client, job: id) { return found }
        throw Complaint("job '\(id)': not known in namespace '\(client.namespace)'", status: ExitStatus.no)
    }
}

/// What goes wrong with a job that is not there.
func unknown(_ id: String, in queue: BlockingQueue) -> Complaint {
    Complaint("job '\(id)': not known in queue '\(queue.name)'", status: ExitStatus.no)
}
