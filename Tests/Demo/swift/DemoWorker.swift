// The word count's member in Swift: candidate, worker and reducer. worker.py says what each member does.

import DistCoord
import FoundationEssentials

/// What a member writes about a chunk; equal in every language.
struct Count: Codable {
    var by: String
    var attempt: Int
    var words: [String: Int]
}

struct SettingMissing: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) is not set or is not a number; run this with Tests/Demo/run" }
}

@main
struct DemoWorker: Sendable {
    let name = setting("DEMO_NAME") ?? "swift"
    let folder: String
    let chunks: [String]
    let members, part, parts: Int
    let lease, pace: Double

    static func main() async throws {
        let worker = try DemoWorker()
        let client = try await Client.connect(options: ClientOptions(label: worker.name))
        _ = try await client.barrier("start", parties: worker.members).wait(timeout: .seconds(30))
        try await worker.lead(client)
        try await worker.work(client)
        _ = try await client.barrier("counted", parties: worker.parts + 1).wait(timeout: .seconds(30))
        try await worker.reduce(client)
        try await client.close()
    }

    init() throws {
        folder = try Self.required("DEMO_CHUNKS")
        chunks = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        members = try Self.number("DEMO_MEMBERS")
        part = try Self.number("DEMO_PART")
        parts = try Self.number("DEMO_PARTS")
        lease = try Self.number("DEMO_LEASE")
        pace = try Self.number("DEMO_PACE")
    }

    /// Leads once; what an earlier leader has pushed is there already, and its id says so.
    func lead(_ client: Client) async throws {
        let queue = client.queue("words")
        try await client.election("splitter", value: name).withLeadership { leadership in
            var pushed = 0
            let counts = try await queue.counts()
            if counts.waiting + counts.delayed + counts.active + counts.completed < chunks.count {
                for chunk in chunks {
                    let text = try Data(contentsOf: URL(filePath: "\(folder)/\(chunk)"))
                    do {
                        try await queue.push([UInt8](text), options: PushOptions(id: chunk, task: "count"))
                        pushed += 1
                    } catch let error as DistCoordError where error.code == .exists {
                        continue
                    }
                }
            }
            try announce("leads \(leadership.term) \(pushed)")
        }
    }

    func work(_ client: Client) async throws {
        let queue = client.queue("words", lease: .seconds(lease))
        while try await queue.counts().completed < chunks.count {
            guard let job = try await queue.claim(timeout: .milliseconds(500)) else { continue }
            try announce("claims \(job.id) \(job.attempt)")
            if Self.setting("DEMO_STALL") != nil { try await Task.sleep(for: .seconds(3600)) }
            try await Task.sleep(for: .seconds(pace))
            let words = Self.countWords(job.payload)
            try await job.complete(json: Count(by: name, attempt: job.attempt, words: words))
            try announce("completes \(job.id) \(words.values.reduce(0, +))")
        }
    }

    func reduce(_ client: Client) async throws {
        let queue = client.queue("words")
        var totals: [String: Int] = [:]
        for chunk in chunks {
            let count: Count = try await queue.result(chunk, timeout: .seconds(10)).decode()
            for (word, number) in count.words where belongsToPart(word) { totals[word, default: 0] += number }
        }
        let share = totals
        try await client.withLock("report") { lease in
            try report(share, fence: lease.fence)
            try announce("reports \(lease.fence) \(share.count)")
        }
    }

    /// Called under the lock: the file is read, added to and written again.
    private func report(_ share: [String: Int], fence: UInt64) throws {
        let path = try Self.required("DEMO_REPORT")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n")
        let heading = lines.first?.split(separator: " ") ?? []
        guard heading.count == 2, let last = UInt64(heading[0]), let total = Int(heading[1]), last < fence else {
            throw DistCoordError(.lost, "the report begins with '\(lines.first ?? "")', my fence is \(fence)")
        }
        var output = "\(fence) \(total + share.values.reduce(0, +))\n"
        for line in lines.dropFirst() { output += "\(line)\n" }
        for (word, number) in share { output += "\(word) \(number)\n" }
        try Data(output.utf8).write(to: URL(filePath: path))
    }

    private func belongsToPart(_ word: String) -> Bool {
        guard let first = word.utf8.first else { return false }
        return Int(first - UInt8(ascii: "a")) % parts == part
    }

    /// One short write in append mode, so that the lines of several members do not mix.
    private func announce(_ event: String) throws {
        let events = try AppendedFile(Self.required("DEMO_EVENTS"))
        try events.write("\(name) \(event)\n")
    }

    static func countWords(_ text: [UInt8]) -> [String: Int] {
        let lowered = text.map { UInt8(ascii: "A") <= $0 && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        var words: [String: Int] = [:]
        for run in lowered.split(whereSeparator: { !(UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0) }) {
            words[String(decoding: run, as: UTF8.self), default: 0] += 1
        }
        return words
    }

    private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    private static func required(_ name: String) throws -> String {
        guard let value = setting(name) else { throw SettingMissing(name: name) }
        return value
    }

    private static func number<Number: LosslessStringConvertible>(_ name: String) throws -> Number {
        guard let value = try Number(required(name)) else { throw SettingMissing(name: name) }
        return value
    }
}
