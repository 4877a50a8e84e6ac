// What `distcoord doctor` and liveness probes ask: is the server there, and is it set up so that nothing is lost?

import DistCoordRedis
import Glibc

/// One look at the server and the way to it.
public struct HealthReport: Sendable {
    /// How bad it is.
    public enum State: Int32, Comparable, Sendable {
        case healthy = 0
        case degraded, unhealthy

        public static func < (left: State, right: State) -> Bool { left.rawValue < right.rawValue }
    }

    /// One thing looked at.
    public struct Check: Sendable {
        public let name: String
        public let state: State
        /// What was found, and what to do about it.
        public let detail: String
    }

    public private(set) var checks: [Check] = []

    /// The worst of all.
    public var state: State { checks.map(\.state).max() ?? .unhealthy }

    mutating func add(_ name: String, _ state: State, _ detail: String) {
        checks.append(Check(name: name, state: state, detail: detail))
    }
}

extension Client {
    /// Looks at the server. A server that cannot be reached is a report, not an error.
    public func checkHealth() throws(CoordinationError) -> HealthReport {
        let session = try openSession()
        if let quorum = session.quorum { return try quorum.checkHealth(session) }
        var report = HealthReport()
        let patience = session.patience()
        let started = Instant.now
        let replies: Replies
        do throws(RedisError) {
            replies = try session.redis.commands(patience: patience) { writer in
                writer.command("PING")
                writer.command("INFO", "server")
                writer.command("INFO", "memory")
                writer.command("INFO", "persistence")
                writer.command("TIME")
            }
        } catch {
            if error.code == .cancelled { throw CoordinationError(error) }
            report.add("server", .unhealthy, error.message)
            return report
        }
        let latency = (Instant.now.nanoseconds &- started.nanoseconds) / 1_000
        guard replies.count == 5, replies[0].error == nil else {
            report.add("server", .unhealthy, "\(url) answered: \(replies.first?.error ?? "nothing")")
            return report
        }
        report.add("server", latency > 100_000 ? .degraded : .healthy, "\(url) answered in \(latency) us")
        report.addVersion(ServerInformation(replies[1]))
        report.addMemory(ServerInformation(replies[2]))
        report.addPersistence(ServerInformation(replies[3]))
        report.addClock(replies[4])
        addLock(to: &report)
        addMailbox(to: &report, session)
        return report
    }

    private func addLock(to report: inout HealthReport) {
        do throws(CoordinationError) {
            var options = LockOptions()
            options.lease = 1_000
            let lock = try Locks.open(self, name: "distcoord doctor \(id)", options: options)
            let started = Instant.now
            guard try lock.acquire(milliseconds: 0) == .ok, try lock.release() == .ok else {
                report.add("lock", .unhealthy, "a lock that nobody else knows could not be acquired and released")
                return
            }
            let taken = (Instant.now.nanoseconds &- started.nanoseconds) / 1_000
            report.add("lock", .healthy, "scripts run; acquired and released in \(taken) us")
        } catch {
            report.add("lock", .unhealthy, error.message)
        }
    }

    private func addMailbox(to report: inout HealthReport, _ session: Session) {
        do throws(RedisError) {
            try session.mailbox.open(session.patience())
            report.add("mailbox", .healthy, "subscribed to \(Keys.mailbox(client: session.id))")
        } catch {
            report.add(
                "mailbox", .unhealthy,
                "\(error.message); waiting needs pub/sub: allow the user the channels dc:* (ACL: resetchannels &dc:*)")
        }
    }
}

extension HealthReport {
    fileprivate mutating func addVersion(_ information: ServerInformation) {
        let isValkey = information["valkey_version"] != nil
        let version = information["valkey_version"] ?? information["redis_version"] ?? ""
        let numbers = version.split(separator: ".").prefix(2).compactMap { Int($0) }
        let name = "\(isValkey ? "Valkey" : "Redis") \(version)"
        if isValkey || (numbers.count == 2 && (numbers[0], numbers[1]) >= (6, 2)) {
            add("version", .healthy, name)
        } else if numbers.isEmpty {
            add("version", .degraded, "the server does not tell its version; Redis 6.2 or later, or Valkey, is needed")
        } else {
            add("version", .unhealthy, "\(name) is too old; Redis 6.2 or later, or Valkey, is needed")
        }
    }

    fileprivate mutating func addMemory(_ information: ServerInformation) {
        guard let policy = information["maxmemory_policy"] else {
            add("memory policy", .degraded, "the server does not tell its maxmemory-policy; it must be noeviction")
            return
        }
        let limit = Int64(information["maxmemory"] ?? "") ?? 0
        let used = Int64(information["used_memory"] ?? "") ?? 0
        if policy != "noeviction" {
            add(
                "memory policy", limit > 0 ? .unhealthy : .degraded,
                "maxmemory-policy is \(policy): when memory is short the server deletes locks and jobs; set it to noeviction"
            )
        } else if limit > 0, used > limit / 10 * 9 {
            add("memory policy", .degraded, "noeviction; \(used * 100 / limit) % of maxmemory is used")
        } else {
            add("memory policy", .healthy, "noeviction")
        }
    }

    fileprivate mutating func addPersistence(_ information: ServerInformation) {
        if information["loading"] == "1" {
            add("persistence", .degraded, "the server is loading its data")
        } else if information["aof_enabled"] == "1" {
            let isFine = information["aof_last_write_status"] != "err"
            add(
                "persistence", isFine ? .healthy : .unhealthy,
                isFine ? "append-only file" : "the append-only file cannot be written: is the disk full?")
        } else {
            add(
                "persistence", .degraded,
                "no append-only file: a restart of the server loses recent jobs; set appendonly yes")
        }
    }

    fileprivate mutating func addClock(_ reply: Reply) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let local = Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
        let difference = reply.integer(at: 0) * 1_000 + reply.integer(at: 1) / 1_000 - local
        let isFar = difference.magnitude > 2_000
        add(
            "clock", isFar ? .degraded : .healthy,
            "the server's clock is \(difference) ms ahead of this machine's"
                + (isFar ? "; leases do not mind, but times in listings will look odd" : ""))
    }
}

/// The lines of an INFO answer.
private struct ServerInformation {
    private var fields: [Substring: Substring] = [:]

    init(_ reply: Reply) {
        for line in reply.string.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
    }

    subscript(name: Substring) -> String? {
        fields[name].map(String.init)
    }
}
