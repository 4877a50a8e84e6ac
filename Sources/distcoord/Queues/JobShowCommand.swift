// distcoord job show

import ArgumentParser
import DistCoord

struct JobShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell all that is known of a job. Exit status 1: it is not known.",
        discussion: "Example: distcoord job show \"$id\" --json | jq .progress")

    @Argument(help: "The job's id.")
    var id: String

    @OptionGroup var place: JobPlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let queue = try place.find(global.open(), id)
        guard let job = try queue.inspect(id) else { throw unknown(id, in: queue) }
        if global.printsJSON {
            try Output.line(job.json(queue: queue.name))
        } else {
            try job.print(queue: queue.name, now: Output.now())
        }
    }
}
