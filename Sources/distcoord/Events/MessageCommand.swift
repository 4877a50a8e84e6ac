// Runs a command for each message that a consumer gets, and tells how it ended.

import DistCoord

struct MessageCommand {
    let place: TopicGroup
    let consumer: BlockingConsumer
    let signals: Signals
    let plan: ChildPlan
    let stream: StreamOptions
    let retryAfter: Duration
    /// How often a message is delivered at most; nothing for no limit.
    let attempts: Int?
    let global: GlobalOptions

    private struct Tally {
        var done = 0
        var givenBack = 0
        var givenUp = 0
    }

    func run() throws {
        var tally = Tally()
        var left = stream.count ?? .max
        var retries = Retries()
        loop: while left > 0 {
            do {
                let (taken, signal) = try Waiting.run(heeding: signals, cancel: consumer.cancel) { [stream, consumer] in
                    try consumer.next(waitMilliseconds: stream.milliseconds)
                }
                retries.succeeded()
                if signal != nil {
                    // Taken in the moment of the signal: not begun, and so not to be tried later than others.
                    if let message = taken.value { giveBack(message, after: .zero) }
                    break
                }
                switch (taken.value, taken.answer) {
                case (let message?, _):
                    left -= 1
                    if try work(on: message, &tally) { break loop }
                case (nil, .lost): Output.note("\(place.title): the lease was lost; joining anew")
                case (nil, .timedOut):
                    report(tally)
                    return try stream.endOfPatience(place.title)
                case (nil, let answer):
                    throw Complaint("\(place.title): the consumer has ended", status: ExitStatus.of(answer))
                }
            } catch let error as DistCoordError where error.isRetriable {
                let delay = retries.nextDelay()
                Output.note("\(place.title): \(error.message); next attempt in \(delay)s")
                try signals.pause(until: monotonicMilliseconds() + delay * 1000)
            }
        }
        report(tally)
    }

    /// Gives whether a signal has asked to end.
    private func work(on message: Message, _ tally: inout Tally) throws -> Bool {
        MessagePrinter(kind: "topic", global: global).tellMissed(message)
        let result: Supervised
        do {
            result = try Supervisor(signals: signals, plan: plan).run(
                environment: environment(message), input: message.payload)
        } catch {
            // Not the message's fault, and the next one would fare no better.
            giveBack(message, after: .zero)
            throw Complaint("\(place.title): \(error.message)", status: error.status)
        }
        if case .exited(0) = result.end {
            settle(message, "acknowledged") { try consumer.acknowledge(message.id) }
            tally.done += 1
        } else if let attempts, message.deliveries >= attempts, result.termination == nil {
            Output.note(
                "\(place.title): message \(message.id): \(result.end.words); given up after "
                    + (message.deliveries == 1 ? "1 delivery" : "\(message.deliveries) deliveries"))
            settle(message, "given up") { try consumer.acknowledge(message.id) }
            tally.givenUp += 1
        } else {
            global.note("\(place.title): message \(message.id): \(result.end.words); it is delivered again")
            giveBack(message, after: result.termination == nil ? retryAfter : .zero)
            tally.givenBack += 1
        }
        return result.termination != nil
    }

    private func giveBack(_ message: Message, after delay: Duration) {
        settle(message, "given back") { try consumer.release(message.id, after: delay) }
    }

    /// Tells the server how it ended. If that fails the message is not lost: it is delivered again.
    private func settle(_ message: Message, _ what: String, _ call: () throws -> Answer) {
        do {
            if try call() == .ok { return }
            Output.note("\(place.title): message \(message.id) could not be \(what): it was not held any more")
        } catch {
            let reason = (error as? DistCoordError)?.message ?? "\(error)"
            Output.note("\(place.title): message \(message.id) could not be \(what): \(reason)")
        }
    }

    private func environment(_ message: Message) -> [String] {
        Environment.forChild([
            ("DISTCOORD_TOPIC", place.topic), ("DISTCOORD_GROUP", place.group), ("DISTCOORD_CONSUMER", consumer.name),
            ("DISTCOORD_MESSAGE_ID", message.id),
            ("DISTCOORD_PUBLISHED", Output.moment(message.publishedMillisecondsSince1970)),
            ("DISTCOORD_DELIVERIES", String(message.deliveries)),
        ])
    }

    private func report(_ tally: Tally) {
        if global.printsJSON {
            try? Output.line(
                .object([
                    ("topic", .string(place.topic)), ("group", .string(place.group)),
                    ("consumer", .string(consumer.name)), ("done", .int(tally.done)),
                    ("given_back", .int(tally.givenBack)), ("given_up", .int(tally.givenUp)),
                ]))
        } else {
            var words = "\(tally.done) done, \(tally.givenBack) given back"
            if tally.givenUp > 0 { words += ", \(tally.givenUp) given up" }
            global.note("\(place.title): \(words)")
        }
    }
}
