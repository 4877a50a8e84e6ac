// Which jobs of a list are meant: `task=resize age>1h error~timeout`.

import ArgumentParser
import DistCoord

/// Terms that all must hold.
struct JobFilter: ExpressibleByArgument {
    private enum Field: String, CaseIterable {
        case id, task, error, payload, worker, batch, key, age, attempt, priority

        var isNumber: Bool { self == .age || self == .attempt || self == .priority }
    }

    private enum Relation: String, CaseIterable {
        // The longer ones first, as a shorter one may begin like them.
        case isNot = "!="
        case lacks = "!~"
        case equals = "="
        case contains = "~"
        case above = ">"
        case below = "<"
    }

    private struct Term {
        let field: Field
        let relation: Relation
        var value: String
        /// Of a number or, for the age, a duration in milliseconds.
        var number: Int64 = 0
    }

    static let help =
        "Only jobs for which all of this holds, for example 'task=resize age>1h error~timeout'; fields: "
        + Field.allCases.map(\.rawValue).joined(separator: ", ") + "."

    private var terms: [Term] = []

    init?(argument: String) {
        // A value may have spaces: what begins no term of its own belongs to the one before.
        for word in argument.split(separator: " ", omittingEmptySubsequences: true) {
            if let term = Self.term(word) {
                terms.append(term)
            } else if terms.isEmpty {
                return nil
            } else {
                terms[terms.count - 1].value += " " + word
            }
        }
        guard !terms.isEmpty else { return nil }
        for index in terms.indices where terms[index].field.isNumber {
            guard let number = Self.number(terms[index]) else { return nil }
            terms[index].number = number
        }
        if terms.contains(where: { !$0.field.isNumber && ($0.relation == .above || $0.relation == .below) }) {
            return nil
        }
    }

    private static func term(_ word: Substring) -> Term? {
        for field in Field.allCases where word.hasPrefix(field.rawValue) {
            let rest = word.dropFirst(field.rawValue.count)
            guard let relation = Relation.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else { continue }
            return Term(field: field, relation: relation, value: String(rest.dropFirst(relation.rawValue.count)))
        }
        return nil
    }

    private static func number(_ term: Term) -> Int64? {
        // Nothing contains a number.
        if term.relation == .contains || term.relation == .lacks { return nil }
        if term.field == .age { return WrittenDuration(argument: term.value)?.duration.wholeMilliseconds }
        return Int64(term.value)
    }

    /// - Parameter now: Milliseconds since 1970, which ages are counted to.
    func admits(_ job: JobInfo, now: Int64) -> Bool { terms.allSatisfy { Self.holds($0, job, now) } }

    private static func holds(_ term: Term, _ job: JobInfo, _ now: Int64) -> Bool {
        switch term.field {
        case .id: compare(term, job.id)
        case .task: compare(term, job.task)
        case .error: compare(term, job.errorSummary)
        case .payload: compare(term, String(decoding: job.payload, as: UTF8.self))
        case .worker: compare(term, job.errorWorker)
        case .batch: compare(term, job.batch ?? "")
        case .key: compare(term, job.concurrencyKey ?? job.uniqueKey ?? "")
        case .age: compare(term, now - (job.momentMilliseconds ?? now))
        case .attempt: compare(term, Int64(job.attempt))
        case .priority: compare(term, Int64(job.priority))
        }
    }

    private static func compare(_ term: Term, _ value: String) -> Bool {
        switch term.relation {
        case .equals: value == term.value
        case .isNot: value != term.value
        // Whoever looks for "Timeout" means "timeout" as well.
        case .contains: value.lowercased().contains(term.value.lowercased())
        case .lacks: !value.lowercased().contains(term.value.lowercased())
        case .above, .below: false
        }
    }

    private static func compare(_ term: Term, _ value: Int64) -> Bool {
        switch term.relation {
        case .equals: value == term.number
        case .isNot: value != term.number
        case .above: value > term.number
        case .below: value < term.number
        case .contains, .lacks: false
        }
    }
}
