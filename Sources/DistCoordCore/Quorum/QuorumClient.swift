// What a client over a quorum does as a whole: open, ping, close, and refuse what needs one server.

import DistCoordRedis

extension Client {
    /// Whether several servers decide together.
    var isQuorum: Bool { !members.isEmpty }

    /// The session and its servers; for what only a quorum does.
    func openQuorum() throws(CoordinationError) -> (Session, Quorum) {
        let session = try openSession()
        guard let quorum = session.quorum else {
            throw CoordinationError(.internalError, "\(url) is no quorum")
        }
        return (session, quorum)
    }

    /// Fails over a quorum, for what several servers cannot decide together.
    ///
    /// - Parameter what: With its article: "a queue".
    func requireOneServer(_ what: String) throws(CoordinationError) {
        guard isQuorum else { return }
        throw .invalid(
            "\(what) needs one server, and this client has a quorum of \(members.count), which has locks and elections only;"
                + " open another client with the URL of one server")
    }
}

extension Quorum {
    /// A server that is only slow is not to be taken for one that is away, in milliseconds.
    private static let leastTimeout: Int64 = 1_000

    /// How each member's client is made: a server that does not answer must not take the whole time of a command,
    /// because the others answer for it.
    static func memberOptions(_ options: ClientOptions) -> ClientOptions {
        var member = options
        member.commandTimeout = max(options.commandTimeout / 4, min(options.commandTimeout, leastTimeout))
        member.connectTimeout = min(options.connectTimeout, member.commandTimeout)
        member.interrupt = nil
        return member
    }

    /// Microseconds until as many as are required have answered.
    func ping(_ session: Session) throws(CoordinationError) -> Int64 {
        let wait = Wait(session, scope: CancelScope(), milliseconds: -1)
        defer { wait.end() }
        let started = Instant.now
        let members = members
        let outcomes = askAll(wait) { place throws(CoordinationError) in try members[place].ping() }
        _ = try answers(outcomes, wait, "PING")
        return (Instant.now.nanoseconds &- started.nanoseconds) / 1_000
    }

    /// Closes the members, all at once. Whether a few could not be told does not matter: they could not have granted
    /// alone.
    func close(_ session: Session) throws(CoordinationError) {
        let wait = Wait(session, scope: CancelScope(), milliseconds: -1)
        defer {
            wait.end()
            crew.close()
        }
        let members = members
        let outcomes = ask(Array(members.indices), wait, until: { _ in false }) { place throws(CoordinationError) in
            try members[place].close()
        }
        _ = try answers(outcomes, wait, "closing")
    }

    /// A line for each server, and one for all: healthy while all are, unhealthy when too few are of use.
    func checkHealth(_ session: Session) throws(CoordinationError) -> HealthReport {
        let wait = Wait(session, scope: CancelScope(), milliseconds: -1)
        defer { wait.end() }
        let members = members
        let outcomes = ask(Array(members.indices), wait, until: { _ in false }) { place throws(CoordinationError) in
            try members[place].checkHealth()
        }
        if let reason = wait.stopReason { throw CoordinationError(reason, "the check was cancelled") }
        let reports = outcomes.map { (try? $0?.get()) ?? HealthReport() }
        let useful = reports.count { $0.state < .unhealthy }
        var report = HealthReport()
        report.add(
            "quorum", useful < required ? .unhealthy : useful < members.count ? .degraded : .healthy,
            "\(useful) of \(members.count) servers are of use, \(required) are needed"
                + (members.count % 2 == 0 ? "; an even number survives no more failures than one less" : ""))
        for (member, found) in zip(members, reports) {
            let complaints = found.checks.filter { $0.state > .healthy }
            // A minority that is away takes nothing from the others.
            let state = useful < required ? found.state : min(found.state, .degraded)
            report.add(
                "server \(member.url)", state,
                complaints.isEmpty
                    ? found.checks.first?.detail ?? ""
                    : complaints.map { "\($0.name): \($0.detail)" }.joined(separator: "; "))
        }
        return report
    }
}
