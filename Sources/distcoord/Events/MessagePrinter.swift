// How messages of channels and topics are shown.

import DistCoord

struct MessagePrinter: Sendable {
    /// What the source is, as in `channel`.
    let kind: String
    private let isOneOfSeveral: Bool
    private let printsJSON: Bool
    private let isQuiet: Bool

    init(kind: String, isOneOfSeveral: Bool = false, global: GlobalOptions) {
        self.kind = kind
        self.isOneOfSeveral = isOneOfSeveral
        printsJSON = global.printsJSON
        isQuiet = global.connection.quiet
    }

    func show(_ message: Message) throws {
        if printsJSON { return try Output.line(json(message)) }
        tellMissed(message)
        // As it is: whoever reads it knows what was published, and a filter behind this one too.
        let source = isOneOfSeveral ? Array("\(message.source)\t".utf8) : []
        try Output.write(source + message.payload + [UInt8(ascii: "\n")])
    }

    func tellMissed(_ message: Message) {
        if message.missed == 0 || isQuiet { return }
        let count = message.missed == 1 ? "1 message was" : "\(message.missed) messages were"
        Output.note("\(kind) '\(message.source)': \(count) missed")
    }

    private func json(_ message: Message) -> JSONValue {
        var members: [(String, JSONValue)] = [(kind, .string(message.source))]
        if !message.id.isEmpty {
            members += [
                ("id", .string(message.id)),
                ("published", .string(Output.moment(message.publishedMillisecondsSince1970))),
                ("deliveries", .int(message.deliveries)),
            ]
        }
        return .object(members + JSONValue.content("message", message.payload) + [("missed", .int(message.missed))])
    }
}

extension BlockingSubscription {
    func take(waitMilliseconds: Int64) throws -> Streaming.Taken<Message> {
        let (answer, message) = try next(waitMilliseconds: waitMilliseconds)
        return message.map { .item($0) } ?? .nothing(answer)
    }
}
