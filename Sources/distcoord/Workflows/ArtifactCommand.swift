// distcoord artifact

import ArgumentParser
import DistCoord
import Glibc

struct ArtifactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Publish and fetch files that belong to a run.",
        discussion: """
            Examples, within a step:
              distcoord artifact publish dist/app.tar
              distcoord artifact fetch dist/app.tar

            Within a step the run and its queue are known; elsewhere --run and -Q name them. What is fetched is \
            checked against what was published. Artifacts are forgotten with their run.
            """,
        subcommands: [ArtifactPublishCommand.self, ArtifactFetchCommand.self, ArtifactListCommand.self])
}

/// The run that artifacts belong to.
struct ArtifactPlace: ParsableArguments {
    @OptionGroup var place: RunQueue

    @Option(name: .long, help: ArgumentHelp("The run. Default: $DISTCOORD_RUN, set within steps.", valueName: "id"))
    var run: String?

    func open(_ client: BlockingClient) throws -> BlockingRun {
        guard let id = run ?? Environment.value("DISTCOORD_RUN"), !id.isEmpty else {
            throw Complaint("the run is not known; --run names it", status: ExitStatus.usage)
        }
        return try BlockingRun(queue: place.open(client), id: id)
    }
}

struct ArtifactPublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish files under their paths. Exit status 1: the run is not known.",
        discussion: """
            Examples:
              distcoord artifact publish dist/*.whl
              distcoord artifact publish /tmp/report.html --name report

            Of at most 256 MiB each. A name that is there is replaced.
            """)

    @Argument(help: "The files.")
    var paths: [String]

    @Option(name: .long, help: "What one file is called. Default: its path.")
    var name: String?

    @OptionGroup var place: ArtifactPlace
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if name != nil, paths.count != 1 { throw ValidationError("--name is the name of one file") }
    }

    func run() throws {
        let run = try place.open(global.open())
        for path in paths {
            if try run.publish(name ?? path, path: path) != .ok {
                throw Complaint("run '\(run.id)': not known", status: ExitStatus.no)
            }
        }
    }
}

struct ArtifactFetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Fetch files to the paths they are called by. Exit status 1: there is no such artifact.",
        discussion: """
            Examples:
              distcoord artifact fetch dist/app.tar
              distcoord artifact fetch report --to /tmp/report.html

            Directories on the way are made; a file that is in the place is replaced, when the other is whole.
            """)

    @Argument(help: "The artifacts' names.")
    var names: [String]

    @Option(name: .long, help: ArgumentHelp("Where to put one. Default: its name.", valueName: "path"))
    var to: String?

    @OptionGroup var place: ArtifactPlace
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if to != nil, names.count != 1 { throw ValidationError("--to is the place of one file") }
    }

    func run() throws {
        let run = try place.open(global.open())
        for name in names {
            let path = to ?? name
            StepFolder.makeParents(of: path)
            if try run.fetch(name, path: path) != .ok {
                throw Complaint("run '\(run.id)': there is no artifact '\(name)'", status: ExitStatus.no)
            }
        }
    }
}

struct ArtifactListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the artifacts of a run.",
        discussion: "Example: distcoord artifact list --run \"$run\" -Q etl --json")

    @OptionGroup var place: ArtifactPlace
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let artifacts = try place.open(global.open()).artifacts()
        try global.printList(
            artifacts, heading: ["NAME", "BYTES", "PUBLISHED", "SHA256"],
            row: { [$0.name.visible, String($0.size), Output.moment($0.publishedMillisecondsSince1970), $0.sha256] },
            json: { artifact in
                .object([
                    ("name", .string(artifact.name)), ("bytes", .int(artifact.size)),
                    ("published", .string(Output.moment(artifact.publishedMillisecondsSince1970))),
                    ("sha256", .string(artifact.sha256)),
                ])
            })
    }
}
