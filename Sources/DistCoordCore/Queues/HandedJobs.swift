// Jobs that a push hands to a claimer by message.

/// "J <server's clock in us> <lease in ms> <number of the claim> " and, for each job, <B length> <I4 length> id record. Other
/// messages ask the claimer to ask again.
struct HandedJobs {
    /// One job of a claim.
    struct Job {
        /// Place in the claim, from which its fence follows.
        let place: Int
        let id: String
        let record: JobRecord
        let content: ClaimedJob.Content
        /// Where in `content` the payload is.
        let range: Range<Int>
    }

    let serverTime: Int64
    let lease: Int64
    let claim: Int64
    let jobs: [Job]

    init?(_ message: [UInt8]) {
        var position = 2
        func number() -> Int64? {
            var value: Int64 = 0
            let start = position
            while position < message.count, message[position] != UInt8(ascii: " ") {
                guard (48...57).contains(message[position]), position - start < 18 else { return nil }
                value = value * 10 + Int64(message[position] - 48)
                position += 1
            }
            position += 1
            return position - start > 1 ? value : nil
        }
        guard message.starts(with: [UInt8(ascii: "J"), UInt8(ascii: " ")]), let time = number(), let lease = number(),
            let claim = number()
        else { return nil }
        var jobs: [Job] = []
        while message.count - position >= 5 {
            let idLength = Int(message[position])
            var length = 0
            for index in 0..<4 { length |= Int(message[position + 1 + index]) << (8 * index) }
            let start = position + 5 + idLength
            guard message.count - start >= length else { return nil }
            let bytes = message[start..<(start + length)]
            guard let record = bytes.withUnsafeBufferPointer({ JobRecord($0) }) else { return nil }
            jobs.append(
                Job(
                    place: jobs.count, id: String(decoding: message[(position + 5)..<start], as: UTF8.self),
                    record: record,
                    content: .message(message), range: (start + record.payloadOffset)..<(start + length)))
            position = start + length
        }
        serverTime = time
        self.lease = lease
        self.claim = claim
        self.jobs = jobs
    }
}
