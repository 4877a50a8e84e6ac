// The calls to the server for the artifacts of one run.

import DistCoordRedis

/// Calls on the artifacts of one run.
struct ArtifactCalls: Sendable {
    private let run: String
    private let keys: [String]

    private static let send = Script("artifact_send", PackageResources.artifact_send_lua)
    private static let publish = Script("artifact_publish", PackageResources.artifact_publish_lua)
    private static let discard = Script("artifact_discard", PackageResources.artifact_discard_lua)
    private static let fetch = Script("artifact_fetch", PackageResources.artifact_fetch_lua)
    private static let list = Script("artifact_list", PackageResources.artifact_list_lua)

    static var scripts: [Script] { [send, publish, discard, fetch, list] }

    /// Bytes of a piece.
    static let pieceLength = 256 * 1024

    init(_ run: String, _ calls: QueueCalls) {
        self.run = run
        keys = calls.keys
    }

    /// Sends a piece of a file; answers 0 when the run is not known.
    func send(
        upload: String, number: Int, _ piece: UnsafeBufferPointer<UInt8>, _ session: Session, _ patience: Patience
    ) throws(RedisError) -> Int64 {
        let reply = try session.redis.run(
            ArtifactCalls.send, keys: keys, argumentCount: 4, patience: patience
        ) { writer, _ in
            writer.argument(run)
            writer.argument(upload)
            writer.argument(Int64(number))
            writer.argument(piece)
        }
        return reply.integer ?? 0
    }

    /// Makes what was sent an artifact; answers 1, 0 when the run is not known, 2 when pieces are missing.
    func publish(_ name: String, upload: String, _ file: FileContent) -> ScriptCall {
        ScriptCall(
            ArtifactCalls.publish, keys: keys,
            arguments: [
                run, name, upload, String(file.size), String(file.mode), String(file.pieces), file.sha256,
            ])
    }

    /// Forgets what was sent.
    func discard(_ name: String, upload: String) -> ScriptCall {
        ScriptCall(ArtifactCalls.discard, keys: keys, arguments: [run, name, upload])
    }

    /// Reads a piece; answers {what is known of the artifact, the piece}, 0 when the run is not known, 1 when the
    /// artifact is not.
    ///
    /// - Parameter upload: Of which it is; "" for the present one.
    func fetch(
        _ name: String, upload: String, number: Int, _ session: Session, _ patience: Patience
    ) throws(RedisError) -> Reply {
        try session.redis.run(
            ArtifactCalls.fetch, keys: keys, argumentCount: 4, patience: patience, expectsMuch: true
        ) { writer, _ in
            writer.argument(run)
            writer.argument(name)
            writer.argument(upload)
            writer.argument(Int64(number))
        }
    }

    func list() -> ScriptCall {
        ScriptCall(ArtifactCalls.list, keys: keys, arguments: [run])
    }
}
