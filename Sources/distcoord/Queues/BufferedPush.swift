// distcoord queue push --lines --buffered

import DistCoord
import Glibc

struct BufferedPush {
    let queue: BlockingQueue
    let options: PushOptions
    let printer: IDPrinter

    /// How long what is in the buffer may take to be sent after a signal.
    private static let hurry: Int64 = 5000

    func run(_ signals: Signals) throws {
        let producer = try BlockingProducer(queue, ProducerOptions(), blocksWhenFull: true)
        let signal: ReceivedSignal?
        do {
            signal = try pushLines(producer, signals)
        } catch {
            // Whatever ended it: what has an id is to arrive.
            _ = try? producer.close(waitMilliseconds: Self.hurry)
            throw error
        }
        if signal != nil { _ = try producer.close(waitMilliseconds: Self.hurry) }
        let failures = try producer.failures()
        for failure in failures { Output.note("job '\(failure.id)': not pushed: \(failure.message)") }
        if let signal { throw Ended(status: ExitStatus.signalled(signal.number)) }
        if let first = failures.first {
            throw Complaint(
                "queue '\(queue.name)': \(failures.count) of \(failures.count + producer.sent) jobs were not pushed",
                status: ExitStatus.of(first.code))
        }
    }

    /// Until the end of stdin, or a signal.
    private func pushLines(_ producer: BlockingProducer, _ signals: Signals) throws -> ReceivedSignal? {
        // Reading stdin is no wait of the library's: a byte here ends it.
        let stop = try Pipe()
        return try Waiting.run(
            heeding: signals,
            cancel: {
                _ = Output.writeAll([1], to: stop.writeEnd)
                producer.cancel()
            },
            { [printer, options] in
                try StandardInput.eachLine(unless: stop.readEnd) { line, _ in
                    let (answer, id) = try producer.push(line, options)
                    if answer == .ok { try printer.show([id]) }
                }
                _ = try producer.close(waitMilliseconds: -1)
            }
        ).signal
    }
}
