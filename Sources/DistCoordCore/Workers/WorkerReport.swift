// What a worker says of itself, and the list of those that live.

import DistCoordRedis

/// A worker as it is known to others.
public struct WorkerReport: Sendable {
    public let name: String
    public let client: String
    public let host: String
    public let process: Int64
    /// With commas, in order.
    public let capabilities: String
    public let concurrency: Int64
    /// Jobs per second.
    public let rate: Double
    public let isStopping: Bool
    /// By the numbers of include/distcoord/worker.h.
    let counts: [Int64]
    public let queues: [String]
    /// Milliseconds since 1970 by the server's clock.
    public private(set) var registeredMilliseconds: Int64 = 0
    public private(set) var seenMilliseconds: Int64 = 0
    public private(set) var uptimeSeconds: Int64 = 0

    init(
        name: String, client: String, host: String, process: Int64, capabilities: String, concurrency: Int64,
        rate: Double, isStopping: Bool, counts: [Int64], queues: [String]
    ) {
        self.name = name
        self.client = client
        self.host = host
        self.process = process
        self.capabilities = capabilities
        self.concurrency = concurrency
        self.rate = rate
        self.isStopping = isStopping
        self.counts = counts
        self.queues = queues
    }

    /// A count; 0 for an unknown one.
    public func count(_ which: Int32) -> Int64 {
        counts.indices.contains(Int(which)) ? counts[Int(which)] : 0
    }

    /// As the server keeps it. No name contains a tab or a newline.
    var text: String {
        [
            name, client, host, String(process), capabilities, String(concurrency), String(rate),
            isStopping ? "1" : "0", counts.map { String($0) }.joined(separator: " "), queues.joined(separator: "\n"),
        ].joined(separator: "\t")
    }

    /// - Parameters:
    ///   - said: "<registered> <text>"
    ///   - seen: When it was last heard of.
    init?(_ said: String, seen: Int64, now: Int64) {
        guard let space = said.firstIndex(of: " "), let registered = Int64(said[..<space]) else { return nil }
        let parts = said[said.index(after: space)...].split(separator: "\t", omittingEmptySubsequences: false)
        guard parts.count == 10 else { return nil }
        self.init(
            name: String(parts[0]), client: String(parts[1]), host: String(parts[2]), process: Int64(parts[3]) ?? 0,
            capabilities: String(parts[4]), concurrency: Int64(parts[5]) ?? 0, rate: Double(parts[6]) ?? 0,
            isStopping: parts[7] == "1", counts: parts[8].split(separator: " ").map { Int64($0) ?? 0 },
            queues: parts[9].split(separator: "\n").map { String($0) })
        registeredMilliseconds = registered
        seenMilliseconds = seen
        uptimeSeconds = max(0, now - registered) / 1_000
    }
}

extension Client {
    /// The registered workers of the namespace, by name.
    public func workers() throws(CoordinationError) -> [WorkerReport] {
        let session = try openSession()
        try requireOneServer("a list of workers")
        let reply = try translating { () throws(RedisError) in
            try session.redis.run(WorkerCalls.list(session.keys.workerRegistry), patience: session.patience())
        }
        let now = reply.integer(at: 0)
        var found: [WorkerReport] = []
        for place in stride(from: 1, to: reply.count - 1, by: 2) {
            let report = WorkerReport(reply.string(at: place + 1), seen: reply.integer(at: place), now: now)
            if let report { found.append(report) }
        }
        return found.sorted { ($0.name, $0.client) < ($1.name, $1.client) }
    }
}
