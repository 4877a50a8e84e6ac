// Publishing and fetching files of a run; explained in include/distcoord/artifact.h.
//
// A file goes to the server in pieces under an id that nobody knows yet, and becomes an artifact by one script: others
// see the whole of it, or what had its name before.

import DistCoordRedis

extension RunHandle {
    /// How often a fetch begins again because the artifact was replaced under it.
    private static let mostReplacements = 10

    /// Publishes a file.
    ///
    /// - Returns: `.ok`, `.notFound`, `.cancelled`, `.interrupted`.
    public func publish(artifact name: String, path: String) throws(CoordinationError) -> Status {
        try Artifact.check(name: name)
        let file = try SourceFile(path)
        let room = try room()
        try queue.rooms().learnExpiry(room.session.patience())
        let calls = ArtifactCalls(id, room.calls)
        let upload = Identifiers.make()
        return try stoppable(room) { (wait) throws(CoordinationError) in
            var isPublished = false
            // What was sent of a file that will not be published is of no use to anybody.
            defer { if !isPublished { room.session.chores.add(calls.discard(name, upload: upload)) } }
            let content = try file.read { (number, piece) throws(CoordinationError) in
                try RunHandle.goOn(wait)
                return try translating { () throws(RedisError) in
                    try calls.send(upload: upload, number: number, piece, room.session, wait.patience)
                } == 1
            }
            guard let content else { return .notFound }
            switch try room.run(calls.publish(name, upload: upload, content), wait.patience).integer {
            case 1:
                isPublished = true
                return .ok
            case 0: return .notFound
            default:
                throw CoordinationError(
                    .unavailable, "the server has lost pieces of artifact '\(name)'; publish it once more")
            }
        }
    }

    /// Fetches a file.
    ///
    /// - Returns: `.ok`, `.notFound`, `.cancelled`, `.interrupted`.
    public func fetch(artifact name: String, path: String) throws(CoordinationError) -> Status {
        try Artifact.check(name: name)
        let room = try room()
        let calls = ArtifactCalls(id, room.calls)
        return try stoppable(room) { (wait) throws(CoordinationError) in
            func piece(_ upload: String, _ number: Int) throws(CoordinationError) -> (Artifact, Reply)? {
                try RunHandle.goOn(wait)
                let reply = try translating { () throws(RedisError) in
                    try calls.fetch(name, upload: upload, number: number, room.session, wait.patience)
                }
                guard let bytes = reply[1] else { return nil }
                guard let artifact = Artifact(name: name, packed: reply.string(at: 0)) else {
                    throw CoordinationError(
                        .serverError, "artifact '\(name)' on the server is not one of this library's")
                }
                return (artifact, bytes)
            }
            // Asked first: where there is no artifact, no file is made.
            guard var (artifact, first) = try piece("", 0) else { return .notFound }
            let file = try TargetFile(path)
            for _ in 0..<RunHandle.mostReplacements {
                var number = 0
                var bytes: Reply? = first
                while number < artifact.pieces, let next = bytes, try file.append(next, number, of: artifact) {
                    number += 1
                    bytes = number < artifact.pieces ? try piece(artifact.upload, number)?.1 : nil
                }
                if number == artifact.pieces {
                    try file.finish(artifact)
                    return .ok
                }
                guard let again = try piece("", 0) else { return .notFound }
                if again.0.upload == artifact.upload {
                    throw CoordinationError(
                        .serverError, "pieces of artifact '\(name)' are missing on the server; publish it once more")
                }
                // It was replaced a while ago: what is there now counts.
                try file.clear()
                (artifact, first) = again
            }
            throw CoordinationError(.unavailable, "artifact '\(name)' is replaced faster than it can be fetched")
        }
    }

    /// The artifacts, by name.
    public func artifacts() throws(CoordinationError) -> [Artifact] {
        let room = try room()
        let reply = try room.run(ArtifactCalls(id, room.calls).list(), room.session.patience())
        return stride(from: 0, to: reply.count - 1, by: 2).compactMap { place in
            Artifact(name: reply.string(at: place), packed: reply.string(at: place + 1))
        }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Fails when the wait is to end; a server that is near answers before anybody asks for that.
    private static func goOn(_ wait: Wait) throws(CoordinationError) {
        if wait.stopReason != nil { throw CoordinationError(.interrupted, "cancelled") }
    }

    /// Runs what takes many round trips, until it is done or cancelled.
    private func stoppable(
        _ room: QueueRoom, _ body: (Wait) throws(CoordinationError) -> Status
    ) throws(CoordinationError) -> Status {
        let wait = Wait(room.session, scope: scope, milliseconds: -1)
        defer { wait.end() }
        do throws(CoordinationError) {
            return try body(wait)
        } catch {
            if error.status == .interrupted, let reason = wait.stopReason { return reason }
            throw error
        }
    }
}
