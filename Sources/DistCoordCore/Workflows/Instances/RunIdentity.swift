// By which identity the instances of a run find each other, when nobody says it: what is built is the same for all.

import DistCoordRedis

/// Finds out the identity of a run; the order is explained in include/distcoord/instance.h.
public enum RunIdentity {
    /// Longest identity, in bytes.
    public static let limit = 128

    /// The commit that is built, as the services of continuous integration say it.
    private static let commitVariables = ["GITHUB_SHA", "BUILD_SOURCEVERSION", "CI_COMMIT_SHA"]
    /// Which attempt of the pipeline it is; the first of these that is there says it.
    private static let attemptVariables = [
        ["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"], ["CI_PIPELINE_ID"], ["BUILD_BUILDID", "SYSTEM_STAGEATTEMPT"],
    ]
    /// How long git may take, in milliseconds: a working directory may lie on a file system that does not answer.
    private static let patience: Int64 = 10_000

    /// The identity.
    ///
    /// - Parameters:
    ///   - explicit: The identity, if it is known; nil or "" otherwise.
    ///   - withAttempt: Whether to add which attempt it is, if the identity has to be found out.
    public static func resolve(explicit: String?, withAttempt: Bool) throws(CoordinationError) -> String {
        if let explicit, !explicit.isEmpty {
            try check(explicit)
            return explicit
        }
        let commit = commitVariables.lazy.compactMap { ProcessEnvironment[$0] }.first
        var parts = [commit ?? checkedOut() ?? Identifiers.uuid()]
        if withAttempt { parts += attempt() }
        let identity = parts.joined(separator: "-")
        try check(identity)
        return identity
    }

    /// Fails with a message that says what is wrong with an identity.
    public static func check(_ identity: String) throws(CoordinationError) {
        try Names.check(identity, what: "run identity", limit: limit)
    }

    private static func attempt() -> [String] {
        attemptVariables.lazy.map { $0.compactMap { ProcessEnvironment[$0] } }.first { !$0.isEmpty } ?? []
    }

    /// The commit that is checked out in the working directory; nil when git does not say.
    private static func checkedOut() -> String? {
        guard let output = DetachedProcess.output(of: ["git", "rev-parse", "HEAD"], milliseconds: patience, limit: 128)
        else { return nil }
        let digits = output.prefix { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        // SHA-1 or SHA-256, and the end of the line.
        guard digits.count == 40 || digits.count == 64, output.dropFirst(digits.count).elementsEqual("\n".utf8) else {
            return nil
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
