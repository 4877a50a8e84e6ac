// Requests to cancel jobs that run here. The server tells the client by message; a renewal of the job tells it again,
// for the case that the message was lost.

import DistCoordRedis

/// Passes requests on to those who hold the jobs.
final class CancelRequests: Sendable {
    private struct Holder: Sendable {
        weak let leases: JobLeases?
    }

    private let holders = Guarded<[String: [Holder]]>([:])

    /// From now on requests reach these leases.
    func add(_ leases: JobLeases) {
        replace(leases.calls.base) { $0.contains { $0 === leases } ? $0 : $0 + [leases] }
    }

    /// Leases of a queue are no more.
    func forgetThoseGone(_ base: String) {
        replace(base) { $0 }
    }

    private func replace(_ base: String, _ change: ([JobLeases]) -> [JobLeases]) {
        let present = holders.withLock { holders in
            let present = holders[base]?.compactMap(\.leases) ?? []
            let changed = change(present)
            holders[base] = changed.isEmpty ? nil : changed.map { Holder(leases: $0) }
            return present
        }
        // Let go without the lock: the end of the last reference comes back here.
        withExtendedLifetime(present) {}
    }

    /// "X <what the keys of the queue begin with> <id>". Both may contain blanks; the first ends with the first "}:".
    func receive(_ message: [UInt8]) {
        guard message.starts(with: "X ".utf8), let brace = message.firstIndex(of: UInt8(ascii: "}")),
            message.count > brace + 3
        else { return }
        let base = String(decoding: message[2...(brace + 1)], as: UTF8.self)
        let id = String(decoding: message[(brace + 3)...], as: UTF8.self)
        let found = holders.withLock { $0[base]?.compactMap(\.leases) } ?? []
        for leases in found { leases.cancelRequested(id: id) }
    }
}
