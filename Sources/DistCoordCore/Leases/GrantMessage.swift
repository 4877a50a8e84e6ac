// What the server's scripts tell by message: a waiter, that it is its turn; a holder that lingers, that it is to let go.

/// "G <fence> <server's clock in us> <lease in ms>": a grant by message. Other messages ask the waiter to ask again.
struct GrantMessage {
    let fence: UInt64
    let serverTime: Int64
    let lease: Int64

    init?(_ message: [UInt8]) {
        let words = message.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 4, words[0] == "G", let fence = UInt64(words[1]), let time = Int64(words[2]),
            let lease = Int64(words[3])
        else { return nil }
        self.fence = fence
        serverTime = time
        self.lease = lease
    }
}

/// "L <fence>", let go: somebody waits for what the grant with that fence keeps without using it.
struct RecallMessage {
    let fence: UInt64

    init?(_ message: [UInt8]) {
        guard RecallMessage.begins(message[...]), let fence = UInt64(String(decoding: message[2...], as: UTF8.self))
        else {
            return nil
        }
        self.fence = fence
    }

    static func begins(_ message: some Collection<UInt8>) -> Bool {
        message.starts(with: "L ".utf8)
    }
}
