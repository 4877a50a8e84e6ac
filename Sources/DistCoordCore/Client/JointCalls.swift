// Calls of several threads that go to the server as one.
//
// What a small call costs the server is for the most part its beginning and its end: eight values written by one script
// take less time than three that are written by three. So where many threads have calls on one subject, two of these are
// under way at a time, and what comes meanwhile waits for one of them to end and then goes together. A few threads go
// each for itself: handing over from one to another would cost them more than it saves.

import DistCoordRedis
import Synchronization

/// Gathers calls, one line of them for each subject.
final class JointCalls: Sendable {
    /// So many callers of one subject never wait for each other.
    private static let few = 8
    /// When there are more, so many calls are under way at a time,
    private static let most = 2
    /// and still when there were more so many calls ago: some are always between one call and the next.
    private static let memory = 64
    /// So many go together, each of so many bytes. Less than what has to take the connection for large requests.
    private static let together = 24
    private static let smallBytes = 2_048

    /// What one caller adds to a call, and where it waits for its answer.
    final class Part: @unchecked Sendable {
        fileprivate enum Turn: UInt8, AtomicRepresentable {
            case waiting, leading, over
        }

        /// A copy: when it is sent again, its caller may have lost patience and be gone.
        let arguments = CommandWriter()
        fileprivate let parker = Parker()
        /// Changed to `leading` with the lock of the line, to `over` by who leads.
        fileprivate let turn = Atomic(Turn.waiting)
        // Written before the turn is.
        fileprivate var company: [Part] = []
        fileprivate var outcome: Result<Answer, CoordinationError>?
        /// Its caller has gone. Guarded by the lock of the line.
        fileprivate var isAbandoned = false

        fileprivate func end(_ outcome: Result<Answer, CoordinationError>) {
            self.outcome = outcome
            turn.store(.over, ordering: .releasing)
            parker.unpark()
        }
    }

    /// What the server answered, to this part of so many.
    struct Answer {
        let text: String
        let place: Int
        let count: Int
    }

    private struct Line {
        /// Calls on their way.
        var underWay = 0
        /// Those whose calls are on their way or wait.
        var callers = 0
        /// After so many calls it is forgotten that there were more than a few.
        var crowdedFor = 0
        var waiting: [Part] = []

        /// Whether the part may go at once.
        mutating func enter(_ part: Part) -> Bool {
            callers += 1
            crowdedFor = callers > JointCalls.few ? JointCalls.memory : max(crowdedFor - 1, 0)
            if crowdedFor == 0 || underWay < JointCalls.most {
                underWay += 1
                return true
            }
            waiting.append(part)
            return false
        }

        /// A call of so many has ended: the one who makes the next, if it is time for one.
        mutating func next(ended: Int) -> Part? {
            let present = waiting.count
            waiting.removeAll { $0.isAbandoned }
            callers -= ended + present - waiting.count
            underWay -= 1
            guard underWay < JointCalls.most, let first = waiting.first else { return nil }
            underWay += 1
            first.company = Array(waiting.prefix(JointCalls.together))
            waiting.removeFirst(first.company.count)
            first.turn.store(.leading, ordering: .releasing)
            return first
        }
    }

    /// Makes one call of parts, within the patience of who makes it.
    typealias Sending = (_ parts: [Part], _ patience: Patience) throws(CoordinationError) -> String

    private let lines = Guarded<[String: Line]>([:])

    /// Whether a call may go with others: a large one is no burden by its beginning and end, and one that the host may
    /// interrupt must not end those of others.
    static func mayJoin(_ session: Session, bytes: Int) -> Bool {
        bytes <= smallBytes && (session.options.interrupt == nil || !NativeThread.isInitial)
    }

    /// Makes a call, or a part of one.
    ///
    /// - Parameters:
    ///   - subject: Calls with the same go together, whoever makes them.
    ///   - arguments: Writes what this caller adds.
    ///   - send: Makes the call.
    func make(
        _ subject: String, _ session: Session, arguments: (CommandWriter) -> Void,
        _ send: Sending
    ) throws(CoordinationError) -> Answer {
        let patience = session.patience()
        let part = Part()
        arguments(part.arguments)
        if lines.withLock({ $0[subject, default: Line()].enter(part) }) {
            return try lead([part], subject, patience, send)
        }
        while true {
            switch part.turn.load(ordering: .acquiring) {
            case .over:
                guard let outcome = part.outcome else { throw late(session) }
                return try outcome.get()
            case .leading:
                let company = part.company
                part.company = []
                if Instant.now < patience.deadline { return try lead(company, subject, patience, send) }
                lines.withLock { $0[subject]?.waiting.insert(contentsOf: company.dropFirst(), at: 0) }
                passOn(subject, ended: 1)
                throw late(session)
            case .waiting:
                if part.parker.park(until: patience.deadline) || !abandon(part, subject) { continue }
                throw late(session)
            }
        }
    }

    /// Whether the part is on its way, or was never sent, and its caller goes; else there is something to do for it.
    private func abandon(_ part: Part, _ subject: String) -> Bool {
        lines.withLock { _ in
            part.isAbandoned = part.turn.load(ordering: .acquiring) == .waiting
            return part.isAbandoned
        }
    }

    private func late(_ session: Session) -> CoordinationError {
        CoordinationError(
            .noReply, "\(session.redis.address.description) did not answer in time to calls of this client before")
    }

    private func lead(
        _ parts: [Part], _ subject: String, _ patience: Patience, _ send: Sending
    ) throws(CoordinationError) -> Answer {
        do throws(CoordinationError) {
            let text = try send(parts, patience)
            // First: those who wait for nothing but to be sent.
            passOn(subject, ended: parts.count)
            for (place, part) in parts.enumerated().dropFirst() {
                part.end(.success(Answer(text: text, place: place, count: parts.count)))
            }
            return Answer(text: text, place: 0, count: parts.count)
        } catch {
            passOn(subject, ended: parts.count)
            for part in parts.dropFirst() { part.end(.failure(error)) }
            throw error
        }
    }

    private func passOn(_ subject: String, ended: Int) {
        let next = lines.withLock { lines in
            let next = lines[subject]?.next(ended: ended)
            if lines[subject]?.underWay == 0 { lines[subject] = nil }
            return next
        }
        next?.parker.unpark()
    }
}
