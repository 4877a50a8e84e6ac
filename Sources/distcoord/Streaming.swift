// Commands that print one thing after the other as it comes, until they are told to stop.

import ArgumentParser
import DistCoord

/// When a stream ends by itself.
struct StreamOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("End after so many.", valueName: "number"))
    var count: Int?

    @Option(
        name: [.customShort("w"), .long, .customLong("timeout")],
        help: ArgumentHelp(
            "End, with status 75, when nothing has come for so long. Default: never.", valueName: "duration"))
    var wait: WrittenDuration?

    @Flag(
        name: [.customShort("n"), .customLong("nonblock")], help: "End when there is nothing more to be had at once.")
    var nonblock = false

    @Option(
        name: [.customShort("E"), .customLong("conflict-exit-code")],
        help: ArgumentHelp("Exit status when nothing has come for so long.", valueName: "number"))
    var conflictExitCode: Int32 = ExitStatus.temporary

    mutating func validate() throws {
        guard (0...255).contains(conflictExitCode) else {
            throw ValidationError("-E \(conflictExitCode): an exit status is a number from 0 to 255")
        }
        if nonblock, wait != nil { throw ValidationError("-n and --wait exclude each other") }
        if let count, count < 1 { throw ValidationError("--count \(count): at least 1") }
    }

    /// For the library: negative waits for ever.
    var milliseconds: Int64 { nonblock ? 0 : wait?.duration.wholeMilliseconds ?? -1 }

    /// What it comes to that nothing has come in time.
    func endOfPatience(_ title: String) throws {
        if nonblock { return }
        throw Complaint("\(title): nothing has come in time", status: conflictExitCode)
    }
}

struct Streaming {
    /// What a stream takes from, as in `election 'cron'`.
    let title: String
    let signals: Signals
    let options: StreamOptions

    /// What one attempt to take came to.
    enum Taken<Item> {
        case item(Item)
        /// Nothing in time, or the wait was ended.
        case nothing(Answer)
    }

    /// Takes and uses one item after the other until the flags, a signal or the end of stdout's reader end it.
    ///
    /// - Parameters:
    ///   - cancel: Ends the wait in progress.
    ///   - take: Waits for the next item, for so many milliseconds.
    ///   - use: Prints it. Both run on a thread of their own.
    func run<Item: Sendable>(
        cancel: () -> Void, take: @escaping @Sendable (_ milliseconds: Int64) throws -> Taken<Item>,
        use: @escaping @Sendable (Item) throws -> Void
    ) throws {
        let milliseconds = options.milliseconds
        let (answer, signal) = try Waiting.run(heeding: signals, isStream: true, cancel: cancel) { [options] in
            var left = options.count ?? .max
            while left > 0 {
                switch try take(milliseconds) {
                case .item(let item):
                    try use(item)
                    left -= 1
                case .nothing(let answer): return answer
                }
            }
            return Answer.ok
        }
        if let signal { throw Ended(status: ExitStatus.signalled(signal.number)) }
        if answer == .timedOut { return try options.endOfPatience(title) }
        if answer != .ok { throw Complaint("\(title): the stream has ended", status: ExitStatus.of(answer)) }
    }
    /// The same with the changes that a watch sees.
    func run<Change: Sendable>(
        _ watch: BlockingWatch<Change>, use: @escaping @Sendable (Change) throws -> Void
    ) throws {
        try run(
            cancel: watch.cancel,
            take: {
                let (answer, change) = try watch.next(waitMilliseconds: $0)
                return change.map { .item($0) } ?? .nothing(answer)
            }, use: use)
    }
}
