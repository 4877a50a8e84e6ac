// What a watch knows of the keys it watches, what it has to tell, and what it has to ask: without any I/O, so that
// there is one place to see that it never goes back.
//
// Announcements of a key come in the order of its changes, but answers to reads come between them, and either may be
// late. The version says which is newer. Where something is absent there may be no version to compare; then only an
// answer counts that was asked for after the last announcement had come.

import DistCoordRedis

/// The keys as a watch sees them.
struct StateView {
    /// What is to be asked of the server.
    enum Question {
        /// A page of all keys that begin with the prefix.
        case page(after: String)
        case keys([String])
        /// A value that is too big to be told, and is the next to tell.
        case whole(String)
    }

    /// A question that has been asked.
    struct Inquiry {
        let question: Question
        fileprivate let tick: UInt64
        fileprivate let forgettings: UInt64
        fileprivate let round: UInt64
    }

    enum Step {
        case tell(StateEntry)
        case ask(Inquiry)
        /// Nothing to do before that time.
        case rest(until: Instant)
    }

    private struct Known {
        var version: UInt64
        var isThere: Bool
        var ends = Instant.never
        /// When it was last announced, in ticks.
        var tick: UInt64
        /// The listing in which it was last seen.
        var round: UInt64
    }

    /// nil: all keys with the prefix are watched.
    private let key: String?
    private var known: [String: Known] = [:]
    /// What is to be told, the latest of each key, in the order in which the keys first changed.
    private var changes: [String: StateEntry] = [:]
    private var order = Fifo<String>()
    private var ends = DeadlineHeap<String>()
    /// Keys to be read.
    private var doubtful: Set<String> = []
    /// Where the listing that is going on has got to; nil when none is.
    private var cursor: String?
    private var round: UInt64 = 0
    /// Counts announcements.
    private var tick: UInt64 = 0
    private var lastRead: Int64 = 0

    // Of keys that are gone the versions are kept, so that a late announcement of an older one is known as such; but
    // not of all for ever. Of a key that is not known, announcements below the greatest version forgotten may be late:
    // it is read.
    private var gone = Fifo<(key: String, tick: UInt64)>()
    private var forgotten: UInt64 = 0
    private var forgettings: UInt64 = 0

    private static let goneLimit = 1_024
    /// Keys read at once.
    private static let batch = 100

    init(key: String?) {
        self.key = key
        lookAgain()
    }

    /// Announcements may have been missed: everything is looked at again.
    mutating func lookAgain() {
        tick &+= 1
        if let key {
            doubtful.insert(key)
        } else {
            round &+= 1
            cursor = ""
        }
    }

    // MARK: - Announcements

    /// - Parameter moment: Gives a moment of the server's clock as one of this machine's; nil when that is not known.
    mutating func hear(_ message: StateMessage, moment: (_ serverTime: Int64) -> Instant?) {
        tick &+= 1
        let present = known[message.key]
        if message.what == .expiry {
            guard let present, present.isThere, present.version == message.version, message.changedAt > lastRead,
                let expires = StateView.moment(message, moment)
            else {
                // An answer that has come already may know of a later one.
                if present.map({ $0.version <= message.version }) ?? true { doubtful.insert(message.key) }
                return
            }
            known[message.key]?.tick = tick
            expect(message.key, expires)
            return
        }
        if let present {
            guard message.version > present.version else { return }
        } else if message.version <= forgotten {
            doubtful.insert(message.key)
            return
        }
        guard message.what != .absent, let expires = StateView.moment(message, moment) else {
            // When it ends is not known, so it is read before it is told.
            return note(message.what == .absent ? message.entry : message.cutEntry, tick: tick, round: round)
        }
        note(message.entry, tick: tick, round: round)
        expect(message.key, expires)
    }

    private static func moment(_ message: StateMessage, _ moment: (Int64) -> Instant?) -> Instant? {
        message.expires == 0 ? .never : moment(message.expires &* 1_000)
    }

    // MARK: - What to do

    mutating func next(now: Instant) -> Step {
        while let key = order.first {
            guard var entry = changes[key] else {
                order.removeFirst()
                continue
            }
            if entry.isCut { return .ask(inquiry(.whole(key))) }
            order.removeFirst()
            changes[key] = nil
            let end = known[key]?.ends ?? .never
            entry.ttlLeft = entry.kind == .absent || end == .never ? -1 : end.wholeMilliseconds(from: now)
            return .tell(entry)
        }
        while let (key, moment) = ends.first {
            let isCurrent = known[key].map { $0.isThere && $0.ends == moment } ?? false
            if isCurrent, moment > now { break }
            ends.removeFirst()
            if isCurrent { doubtful.insert(key) }
        }
        if !doubtful.isEmpty {
            let keys = Array(doubtful.prefix(StateView.batch))
            doubtful.subtract(keys)
            return .ask(inquiry(.keys(keys)))
        }
        if let cursor { return .ask(inquiry(.page(after: cursor))) }
        return .rest(until: ends.first?.moment ?? .never)
    }

    private func inquiry(_ question: Question) -> Inquiry {
        Inquiry(question: question, tick: tick, forgettings: forgettings, round: round)
    }

    // MARK: - Answers

    /// There was no answer; it will be asked again.
    mutating func failed(_ inquiry: Inquiry) {
        if case .keys(let keys) = inquiry.question { doubtful.formUnion(keys) }
    }

    mutating func answered(_ inquiry: Inquiry, _ reading: StateCalls.Reading) {
        lastRead = max(lastRead, reading.serverTime)
        for entry in reading.page.entries { take(entry, inquiry, reading) }
        if case .whole(let key) = inquiry.question, changes[key]?.isCut == true, known[key]?.tick ?? 0 <= inquiry.tick {
            // The server has lost what it announced, and has something older again: that is not told.
            changes[key] = nil
        }
        guard case .page = inquiry.question, inquiry.round == round else { return }
        cursor = reading.page.cursor.isEmpty ? nil : reading.page.cursor
        if cursor == nil { endListing() }
    }

    private mutating func take(_ entry: StateEntry, _ inquiry: Inquiry, _ reading: StateCalls.Reading) {
        guard let present = known[entry.key] else {
            if entry.kind == .absent { return }
            // Something was forgotten since it was asked, maybe that this key is gone.
            if inquiry.forgettings != forgettings {
                doubtful.insert(entry.key)
            } else {
                note(entry, inquiry)
                expect(entry, reading)
            }
            return
        }
        known[entry.key]?.round = max(present.round, inquiry.round)
        if entry.version > present.version {
            note(entry, inquiry)
            if entry.kind != .absent { expect(entry, reading) }
        } else if entry.kind == .absent {
            guard present.isThere else { return }
            if present.tick > inquiry.tick {
                doubtful.insert(entry.key)
            } else {
                note(StateEntry(key: entry.key, kind: .absent, version: present.version), inquiry)
            }
        } else if entry.version == present.version, present.isThere {
            if changes[entry.key]?.isCut == true, !entry.isCut { changes[entry.key] = entry }
            if present.tick > inquiry.tick, present.ends != .never || entry.ttlLeft >= 0 {
                doubtful.insert(entry.key)
            } else {
                expect(entry, reading)
            }
        }
    }

    /// What was neither listed nor announced while all was listed is gone.
    private mutating func endListing() {
        let lost = known.filter { $0.value.isThere && $0.value.round != round }
        for (key, present) in lost {
            note(StateEntry(key: key, kind: .absent, version: present.version), tick: present.tick, round: round)
        }
    }

    // MARK: - What is known

    /// Something newer that was read.
    private mutating func note(_ entry: StateEntry, _ inquiry: Inquiry) {
        note(entry, tick: known[entry.key]?.tick ?? 0, round: inquiry.round)
    }

    /// Something newer than what is known.
    private mutating func note(_ entry: StateEntry, tick: UInt64, round: UInt64) {
        let present = known[entry.key]
        let isThere = entry.kind != .absent
        known[entry.key] = Known(version: entry.version, isThere: isThere, tick: tick, round: round)
        if !isThere { retire(entry.key, tick) }
        // Of what was never there nobody needs to be told that it is not there.
        guard isThere || present?.isThere == true || changes[entry.key] != nil else { return }
        if changes.updateValue(entry, forKey: entry.key) == nil { order.append(entry.key) }
    }

    private mutating func retire(_ key: String, _ tick: UInt64) {
        gone.append((key, tick))
        while gone.count > StateView.goneLimit, let oldest = gone.first {
            gone.removeFirst()
            guard let present = known[oldest.key], !present.isThere, present.tick == oldest.tick else { continue }
            known[oldest.key] = nil
            forgotten = max(forgotten, present.version)
            forgettings &+= 1
        }
    }

    private mutating func expect(_ entry: StateEntry, _ reading: StateCalls.Reading) {
        guard entry.ttlLeft >= 0 else { return expect(entry.key, .never) }
        // Reckoned from when it was asked, so rather too early: not so often, though, that it is asked all the time.
        let soonest = Instant.now.advanced(milliseconds: 2)
        let end = reading.sentAt.advanced(milliseconds: entry.ttlLeft).advanced(milliseconds: 1)
        expect(entry.key, max(end, soonest))
    }

    private mutating func expect(_ key: String, _ end: Instant) {
        known[key]?.ends = end
        guard end != .never else { return }
        ends.add(key, at: end)
        // Each change of an expiry adds one, and only what is reached is taken out.
        if ends.count > 2 * known.count + 64 {
            ends = DeadlineHeap()
            for (key, present) in known where present.isThere && present.ends != .never {
                ends.add(key, at: present.ends)
            }
        }
    }
}
