// What a waiter is told when it is its turn; exclusive_grant.lua writes it.

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
