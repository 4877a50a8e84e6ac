// Where the command begins and ends.

import ArgumentParser
import DistCoord
import Glibc

@main
enum Main {
    static func main() {
        let root: any ParsableCommand.Type = Program.isFlock ? FlockCommand.self : Root.self
        do {
            // Asked by other programs' set-up over and over, and answered in half the time that reading arguments
            // takes.
            if CommandLine.arguments.dropFirst() == ["version"] { return try VersionCommand.printText() }
            var command = try root.parseAsRoot()
            try command.run()
        } catch let ended as Ended {
            exit(ended.status)
        } catch let complaint as Complaint {
            end(complaint)
        } catch let error as DistCoordError {
            end(Complaint(error.message, hint: hint(for: error), status: ExitStatus.of(error)))
        } catch {
            root.exit(withError: error)
        }
    }

    private static func end(_ complaint: Complaint) -> Never {
        Output.note(complaint.message)
        if let hint = complaint.hint { Output.hint(hint) }
        exit(complaint.status)
    }

    /// For failures whose remedy lies in the command's own flags and variables, of which the library knows nothing.
    private static func hint(for error: DistCoordError) -> String? {
        switch error.code {
        case .unreachable:
            "--url, DISTCOORD_URL or REDIS_URL say where the server is; --url local: starts a private one"
        case .notPermitted: "REDIS_USERNAME and REDIS_PASSWORD keep the password off the command line"
        default: nil
        }
    }
}

/// Under which name the program was called.
enum Program {
    static let isFlock = CommandLine.arguments.first?.split(separator: "/").last == "distlock"
    /// Messages begin with it.
    static let name = isFlock ? "distlock" : "distcoord"
}

struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distcoord",
        abstract:
            "Locks, elections, barriers, shared state, messages, job queues and pipelines for many machines, on Redis.",
        usage: "distcoord [--url URL] [--namespace NAME] [--json] COMMAND ...",
        discussion: """
            Examples:
              distcoord lock deploy -- ./deploy.sh
              distcoord sem downloads -j 4 -- curl -O https://example.org/big
              distcoord election run cron-master -- ./cron-loop.sh
              distcoord barrier wait release-42 --parties 4 --timeout 60
              distcoord state set api/url http://10.0.0.7:8080
              distcoord topic consume orders billing -- ./bill.sh
              distcoord breaker run billing -- ./charge.sh
              echo a.jpg | distcoord queue push thumbs -
              distcoord worker run thumbs -j 4 -- ./thumb.sh
              distcoord run -f pipeline.yaml -j 4

            Exit status: 0 done; 1 no; 64 usage; 69 server not reachable; 70 fault of the command; 75 busy, timed out \
            or not allowed now; 77 not permitted; 78 bad configuration; 79 lease lost while the child ran; 126 not \
            executable; 127 not found; 128+N ended by signal N. Where a command is run, its status is passed on.

            Durations: 10, 0.5, 250ms, 10s, 5m, 2h. Without --url: DISTCOORD_URL, else REDIS_URL, else \
            redis://localhost:6379.
            """,
        subcommands: [
            LockCommand.self, SemaphoreCommand.self, ElectionCommand.self, GroupCommand.self, BarrierCommand.self,
            DoubleBarrierCommand.self, LatchCommand.self, EventCommand.self, TopicCommand.self, StateCommand.self,
            BreakerCommand.self, LimitCommand.self, QueueCommand.self, JobCommand.self, BatchCommand.self,
            ScheduleCommand.self, WorkerCommand.self, RunCommand.self, WorkflowCommand.self, ArtifactCommand.self,
            GuardCommand.self, DoctorCommand.self, VersionCommand.self, CompletionCommand.self,
        ])

    /// Messages begin with the program's name, those of the argument parser too.
    static var _errorPrefix: String { "distcoord: " }

    // Here as well as on every command, so that they may stand before the command's name.
    @OptionGroup var global: GlobalOptions
}
