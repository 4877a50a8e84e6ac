// Everything that is held in a namespace: found by one pass over the server's keys, in steps, for no list is kept of
// it. Keeping one would cost each acquire and release more than people look at it.

import DistCoordRedis

/// The calls on what can be held, whatever it is.
enum HoldCalls {
    private static let exclusive = Script("exclusive_holds", PackageResources.exclusive_holds_lua)
    private static let forget = Script("exclusive_forget", PackageResources.exclusive_forget_lua)
    private static let permits = Script("permits_holds", PackageResources.permits_holds_lua)
    private static let breakPermits = Script("permits_break", PackageResources.permits_break_lua)

    static var scripts: [Script] { [exclusive, forget, permits, breakPermits] }

    /// How many holders of one thing are asked for at once.
    static let part = 1_000

    /// - Parameter start: Of many holders, which is to be the first.
    static func inspect(_ place: Session.Holdable, from start: Int = 0) -> ScriptCall {
        place.subject.isExclusive
            ? ScriptCall(exclusive, keys: [place.key], arguments: [])
            : ScriptCall(permits, keys: [place.key], arguments: [String(start), String(part)])
    }

    /// Gives back what a client held of something exclusive.
    static func forget(_ place: Session.Holdable, client: String) -> ScriptCall {
        ScriptCall(forget, keys: [place.key], arguments: [client, place.subject.kind == .election ? "a" : "0"])
    }

    static func breakHold(_ entry: HoldEntry, _ keys: Keys, _ ticket: CallTicket) -> ScriptCall {
        let subject = GrantSubject(kind: entry.kind, name: entry.name)
        if subject.isExclusive {
            return ExclusiveCalls(keys: keys, kind: entry.kind, name: entry.name, info: "")
                .breakHold(fence: entry.fence, ticket)
        }
        return breakShare(entry, keys)
    }

    /// The same of what several may have at a time: names its holder, so that it counts once by itself.
    static func breakShare(_ entry: HoldEntry, _ keys: Keys) -> ScriptCall {
        let key = keys.permits(kind: entry.kind, name: entry.name)
        return ScriptCall(breakPermits, keys: [key], arguments: [entry.member, String(entry.fence)])
    }
}

extension GrantSubject {
    /// Whether one holder at a time has it.
    fileprivate var isExclusive: Bool { kind == .lock || kind == .election }
}

extension Client {
    /// What is held, ordered by kind and name.
    ///
    /// - Parameter onlyStale: Only what is held by clients that are gone or silent.
    public func holds(onlyStale: Bool) throws(CoordinationError) -> [HoldEntry] {
        try requireOneServer("monitoring")
        let session = try openSession()
        var entries: [HoldEntry] = []
        try session.forEachHoldable { (found) throws(CoordinationError) in
            entries += try session.holds(of: found)
        }
        if entries.isEmpty { return [] }
        // Asked last: a client that has come meanwhile must not be taken for one that is gone.
        let presence = try session.presence()
        for index in entries.indices { entries[index].complete(presence) }
        if onlyStale { entries.removeAll { !$0.isStale } }
        return entries.sorted { ($0.kind.rawValue, $0.name, $0.fence) < ($1.kind.rawValue, $1.name, $1.fence) }
    }

    /// Takes one hold away from its holder.
    ///
    /// - Returns: `.ok`, `.notHeld`.
    public func breakHold(_ entry: HoldEntry) throws(CoordinationError) -> Status {
        try requireOneServer("monitoring")
        let session = try openSession()
        let replies = try session.lanes.withLane { (ticket) throws(CoordinationError) in
            try session.run([HoldCalls.breakHold(entry, session.keys, ticket)])
        }
        return replies.first?.integer == 1 ? .ok : .notHeld
    }

    /// Gives back all that a client holds that has died; how many holds that were.
    public func releaseHolds(ofClient client: String) throws(CoordinationError) -> Int64 {
        try Names.check(client, what: "client's identity")
        try requireOneServer("monitoring")
        let session = try openSession()
        var count: Int64 = 0
        try session.forEachHoldable { (found) throws(CoordinationError) in
            var calls = found.filter(\.subject.isExclusive).map { HoldCalls.forget($0, client: client) }
            for entry in try session.holds(of: found.filter { !$0.subject.isExclusive }) where entry.client == client {
                calls.append(HoldCalls.breakShare(entry, session.keys))
            }
            for reply in try session.run(calls) { count += reply.integer ?? 0 }
        }
        return count
    }
}

extension Session {
    /// A thing that can be held, and the key of its state.
    typealias Holdable = (subject: GrantSubject, key: String)

    /// Keys looked at in one step.
    private static let scanStep = 1_000

    /// Calls `body` with what is found by one pass over the server's keys, some at a time, each thing once.
    fileprivate func forEachHoldable(
        _ body: ([Holdable]) throws(CoordinationError) -> Void
    ) throws(CoordinationError) {
        var cursor = "0"
        var seen: Set<String> = []
        repeat {
            let replies = try translating { () throws(RedisError) in
                try redis.commands(patience: patience()) {
                    $0.command("SCAN", cursor, "MATCH", keys.holdPattern, "COUNT", String(Session.scanStep))
                }
            }
            guard let reply = replies.first, reply.error == nil, let found = reply[1] else {
                throw CoordinationError(redis.serverError(replies.first?.error ?? "nothing", doing: "SCAN"))
            }
            cursor = reply.string(at: 0)
            var batch: [Holdable] = []
            for index in 0..<found.count {
                let key = found.string(at: index)
                // A pass may meet a key twice.
                guard let subject = keys.holdable(key), seen.insert(key).inserted else { continue }
                batch.append((subject, key))
            }
            if !batch.isEmpty { try body(batch) }
        } while cursor != "0"
    }

    /// Who holds these things.
    fileprivate func holds(of found: [Holdable]) throws(CoordinationError) -> [HoldEntry] {
        var entries: [HoldEntry] = []
        for (place, reply) in zip(found, try run(found.map { HoldCalls.inspect($0) })) {
            if place.subject.isExclusive {
                if let entry = HoldEntry(place.subject, reply) { entries.append(entry) }
            } else {
                entries += try holders(of: place, reply)
            }
        }
        return entries
    }

    /// All who hold permits of one thing, or read it, beginning with the part that a reply tells of.
    private func holders(of place: Holdable, _ first: Reply) throws(CoordinationError) -> [HoldEntry] {
        var found: [String: HoldEntry] = [:]
        var reply: Reply? = first
        var start = 0
        while let part = reply {
            for index in stride(from: 3, to: part.count - 2, by: 3) {
                if let entry = HoldEntry(place.subject, part, at: index) { found[entry.member] = entry }
            }
            reply = nil
            if part.integer(at: 2) >= HoldCalls.part {
                // Each renewal moves a holder to the end of the list: parts overlap, lest others slip through between them.
                start += HoldCalls.part / 2
                reply = try run([HoldCalls.inspect(place, from: start)]).first
            }
        }
        return Array(found.values)
    }

    /// Runs calls in one round trip; the first error answer is thrown.
    fileprivate func run(_ calls: [ScriptCall]) throws(CoordinationError) -> Replies {
        if calls.isEmpty { return Replies() }
        let replies = try translating { () throws(RedisError) in try redis.run(calls, patience: patience()) }
        for (call, reply) in zip(calls, replies) {
            if let text = reply.error { throw CoordinationError(redis.serverError(text, doing: call.script.name)) }
        }
        return replies
    }

    /// Which clients are there, as far as the server permits to ask.
    fileprivate func presence() throws(CoordinationError) -> ClientPresence {
        let replies = try translating { () throws(RedisError) in
            try redis.commands(patience: patience(), expectsMuch: true) { $0.command("CLIENT", "LIST") }
        }
        return ClientPresence(replies.first)
    }
}
