// What a guardian process does: it waits for the end of another process, and gives back what that held.

import DistCoordRedis
import Glibc

extension Client {
    /// How long a guardian goes on trying when the server cannot be reached, and how often, in milliseconds. Most
    /// leases have ended by then.
    private static let guardianPatience: Int64 = 60_000
    private static let guardianPause: Int64 = 100

    /// Waits until a process has ended and gives back what a client of it held.
    ///
    /// - Returns: `.ok` and how many holds were given back; `.cancelled`, `.interrupted`.
    public func guardProcess(_ number: Int64, clientID: String) throws(CoordinationError) -> (Status, Int64) {
        guard let process = Int32(exactly: number), process > 0 else {
            throw .invalid("there is no process \(number); give the number of the one to guard")
        }
        if process == getpid() {
            throw .invalid("a process cannot guard itself; a guardian is a process of its own")
        }
        try Names.check(clientID, what: "client's identity")
        try requireOneServer("a guardian")
        let session = try openSession()
        let wait = Wait(session, scope: CancelScope(), milliseconds: -1)
        defer { wait.end() }
        let watch = ProcessWatch(process, startTime: Client.startTime(ofGuarded: process))
        while !watch.hasEnded {
            if let reason = wait.stopReason { return (reason, 0) }
            wait.sleep(until: .never) { end in watch.sleep(wait.parker, until: end) }
        }
        let end = Instant.now.advanced(milliseconds: Client.guardianPatience)
        while true {
            do throws(CoordinationError) {
                return (.ok, try releaseHolds(ofClient: clientID))
            } catch {
                if let reason = wait.stopReason { return (reason, 0) }
                guard error.status.isRetriable, Instant.now < end else { throw error }
            }
            let retryAt = Instant.now.advanced(milliseconds: Client.guardianPause)
            while Instant.now < retryAt, wait.stopReason == nil { wait.sleep(until: retryAt) }
        }
    }

    /// When the process was started that a client has started this guardian for; nil when it was not started by a
    /// client.
    private static func startTime(ofGuarded process: Int32) -> UInt64? {
        guard let text = ProcessEnvironment[Guardian.guardedVariable] else { return nil }
        let parts = text.split(separator: ":")
        guard parts.count == 2, Int32(parts[0]) == process else { return nil }
        return UInt64(parts[1])
    }
}
