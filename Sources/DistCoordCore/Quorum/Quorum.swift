// Several independent servers that decide together, as one process uses them.

import DistCoordRedis
import Synchronization

/// The members of a quorum, and how to ask them all at once.
final class Quorum: Sendable {
    /// One client for each server, with a session, a mailbox and a keeper of its own.
    let members: [Client]
    /// How many of them must agree.
    let required: Int
    let crew = Crew()
    let clock = QuorumClock()
    private let ballots = Atomic<UInt64>(0)

    /// What a member has answered; nil while it has not.
    typealias Outcome<Answer> = Result<Answer, CoordinationError>?

    init(members: [Client], required: Int) {
        self.members = members
        self.required = required
    }

    /// How many of so many servers must agree: more than half, or as many as the options want.
    static func required(of count: Int, minimum: Int) throws(CoordinationError) -> Int {
        let majority = count / 2 + 1
        guard minimum == 0 || (majority...count).contains(minimum) else {
            throw .invalid(
                "of the \(count) servers of the quorum \(minimum) are to grant (minimum nodes); that must be more than"
                    + " half of them, \(majority) to \(count)")
        }
        return max(majority, minimum)
    }

    /// How a member has answered lately.
    func pulse(_ place: Int) -> Pulse { members[place].session.pulse }

    /// A number for an acquire that no other of this process has.
    func makeBallotNumber() -> UInt64 {
        ballots.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// How often it is looked whether enough is known although no answer came, in milliseconds.
    private static let glance: Int64 = 20

    /// Asks members at once, each on a thread of its own, until enough is known or the wait is to end. Those that have
    /// not answered then go on in the background; each member's command timeout ends them.
    ///
    /// - Parameters:
    ///   - chosen: Which members, by their place.
    ///   - isEnough: Asked after each answer, and now and then; the outcomes are in the order of `chosen`.
    func ask<Answer: Sendable>(
        _ chosen: [Int], _ wait: Wait, until isEnough: ([Outcome<Answer>]) -> Bool,
        _ question: @escaping @Sendable (_ place: Int) throws(CoordinationError) -> Answer
    ) -> [Outcome<Answer>] {
        let outcomes = Guarded([Outcome<Answer>](repeating: nil, count: chosen.count))
        for (index, place) in chosen.enumerated() {
            do throws(RedisError) {
                try crew.run {
                    let outcome = Result { () throws(CoordinationError) in try question(place) }
                    outcomes.withLock { $0[index] = outcome }
                    wait.parker.unpark()
                }
            } catch {
                let failure = CoordinationError(error)
                outcomes.withLock { $0[index] = .failure(failure) }
            }
        }
        while true {
            let known = outcomes.withLock { $0 }
            if !known.contains(where: { $0 == nil }) || isEnough(known) { return known }
            if wait.stopReason != nil || Instant.now >= wait.deadline { return known }
            wait.sleep(until: .now.advanced(milliseconds: Quorum.glance))
        }
    }

    /// Whether enough is known to go on: so many of the members asked have answered as wanted, and whoever else can be
    /// expected to.
    func isEnough<Answer>(
        _ outcomes: [Outcome<Answer>], of chosen: [Int], least: Int, where isWanted: (Answer) -> Bool
    ) -> Bool {
        guard Quorum.count(outcomes, where: isWanted) >= least else { return false }
        return zip(chosen, outcomes).allSatisfy { $1 != nil || pulse($0).isDoubtful }
    }

    /// How many have answered as wanted.
    static func count<Answer>(_ outcomes: [Outcome<Answer>], where isWanted: (Answer) -> Bool) -> Int {
        outcomes.count { outcome in
            if case .success(let answer) = outcome { isWanted(answer) } else { false }
        }
    }

    /// The failures among the outcomes.
    static func failures<Answer>(
        _ outcomes: [Outcome<Answer>], of chosen: [Int]
    ) -> [(place: Int, error: CoordinationError)] {
        zip(chosen, outcomes).compactMap { place, outcome in
            if case .failure(let error) = outcome { (place, error) } else { nil }
        }
    }

    /// Asks all members until as many as are required have answered without an error.
    func askAll<Answer: Sendable>(
        _ wait: Wait, _ question: @escaping @Sendable (_ place: Int) throws(CoordinationError) -> Answer
    ) -> [Outcome<Answer>] {
        let required = required
        return ask(
            Array(members.indices), wait, until: { Quorum.count($0) { _ in true } >= required }, question)
    }

    /// What so many have answered; an error when they are fewer than required.
    func answers<Answer>(_ outcomes: [Outcome<Answer>], _ wait: Wait, _ deed: String) throws(CoordinationError)
        -> [Answer]
    {
        var answers: [Answer] = []
        var failures: [(place: Int, error: CoordinationError)] = []
        for (place, outcome) in outcomes.enumerated() {
            switch outcome {
            case .success(let answer): answers.append(answer)
            case .failure(let error): failures.append((place, error))
            case nil: failures.append((place, CoordinationError(.noReply, "no answer yet")))
            }
        }
        if answers.count >= required { return answers }
        if let reason = wait.stopReason { throw CoordinationError(reason, "\(deed) was cancelled") }
        throw failure(deed, failures)
    }

    /// The error for members that have failed: which, and why.
    func failure(_ deed: String, _ failures: [(place: Int, error: CoordinationError)]) -> CoordinationError {
        let reasons = failures.map { failure in
            let url = members[failure.place].url
            return failure.error.message.contains(url) ? failure.error.message : "\(url): \(failure.error.message)"
        }
        return CoordinationError(
            Quorum.mostTelling(failures.map(\.error.status)),
            "\(deed): \(failures.count) of \(members.count) servers of the quorum failed, \(required) are needed: "
                + reasons.joined(separator: "; "),
            serverText: failures.first { !$0.error.serverText.isEmpty }?.error.serverText ?? "")
    }

    /// The status that most have; among equals the one that somebody must do something about.
    private static func mostTelling(_ statuses: [Status]) -> Status {
        let order: [Status] = [
            .invalidArgument, .notPermitted, .unsupportedServer, .serverFull, .serverError, .unavailable, .unreachable,
            .noReply,
        ]
        var counts: [Status: Int] = [:]
        for status in statuses { counts[status, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        let candidates = counts.filter { $0.value == most }.keys
        return order.first { candidates.contains($0) } ?? candidates.first ?? .internalError
    }
}
