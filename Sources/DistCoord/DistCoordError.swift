// Why an operation failed, for all of the module.

import CDistCoord

/// Why an operation failed.
///
/// Check ``code`` to decide what to do, show ``message`` to people. A cancelled task gets `CancellationError` instead,
/// as everywhere in Swift; ``Code-swift.struct/cancelled`` means that somebody else ended the wait, for example by
/// ``Client/cancelWaits()``.
public struct DistCoordError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is. More codes may come with later versions, so a `switch` needs a `default`.
    public struct Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The number of the C interface (`distcoord/status.h`).
        public let rawValue: Int32

        /// Makes a code from a number of the C interface.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        private init(_ constant: Int) { self.init(rawValue: Int32(truncatingIfNeeded: constant)) }

        /// The wait ended before the thing was had.
        public static let timedOut = Code(DISTCOORD_TIMED_OUT)
        /// There is nothing of what was asked for.
        public static let empty = Code(DISTCOORD_EMPTY)
        /// Release or extend of something that is not held.
        public static let notHeld = Code(DISTCOORD_NOT_HELD)
        /// It was held, but the lease ended; somebody else may hold it now.
        public static let lost = Code(DISTCOORD_LOST)
        /// A job of that id, or with that unique key, is known already.
        public static let exists = Code(DISTCOORD_EXISTS)
        /// The wait was ended by ``Client/cancelWaits()`` or by closing the client.
        public static let cancelled = Code(DISTCOORD_CANCELLED)
        /// The wait was interrupted by the host.
        public static let interrupted = Code(DISTCOORD_INTERRUPTED)
        /// The barrier is broken: a party timed out, gave up or aborted it. Of a ``Producer``: some jobs were not
        /// accepted.
        public static let broken = Code(DISTCOORD_BROKEN)
        /// Nothing of that identity is known.
        public static let notFound = Code(DISTCOORD_NOT_FOUND)
        /// It was there, but the time for which it is kept has passed.
        public static let expired = Code(DISTCOORD_EXPIRED)
        /// It has another version than the one asked for; nothing was written.
        public static let changed = Code(DISTCOORD_CHANGED)
        /// The circuit breaker is open.
        public static let rejected = Code(DISTCOORD_REJECTED)

        /// A name, number or URL is malformed or out of range.
        public static let invalidArgument = Code(DISTCOORD_ERROR_INVALID_ARGUMENT)
        /// A payload is above the client's limit. Nothing was sent.
        public static let tooLarge = Code(DISTCOORD_ERROR_TOO_LARGE)
        /// The client was closed.
        public static let closed = Code(DISTCOORD_ERROR_CLOSED)
        /// The object is held by the parent of this forked process.
        public static let forked = Code(DISTCOORD_ERROR_FORKED)
        /// The name is in use with other parameters.
        public static let conflict = Code(DISTCOORD_ERROR_CONFLICT)

        /// No connection could be made in time.
        public static let unreachable = Code(DISTCOORD_ERROR_UNREACHABLE)
        /// Connected, but no answer in time; whether the operation happened is not known.
        public static let noReply = Code(DISTCOORD_ERROR_NO_REPLY)
        /// The password is missing or wrong, or the user may not run the command.
        public static let notPermitted = Code(DISTCOORD_ERROR_NOT_PERMITTED)
        /// The server is loading, busy, a read-only replica, or its cluster is down.
        public static let unavailable = Code(DISTCOORD_ERROR_UNAVAILABLE)
        /// The server has reached its `maxmemory`.
        public static let serverFull = Code(DISTCOORD_ERROR_SERVER_FULL)
        /// The server is too old.
        public static let unsupportedServer = Code(DISTCOORD_ERROR_UNSUPPORTED_SERVER)
        /// Any other error answer of the server; see ``DistCoordError/serverText``.
        public static let server = Code(DISTCOORD_ERROR_SERVER)
        /// A fault of the library or of the machine.
        public static let `internal` = Code(DISTCOORD_ERROR_INTERNAL)

        /// The header's name of the code, for example `TIMED_OUT`.
        public var description: String { String(cString: distcoord_status_name(rawValue)) }
    }

    /// What kind of failure it is.
    public var code: Code
    /// What happened and what to do about it, one line.
    public var message: String
    /// The server's own words, if it said something.
    public var serverText: String?
    /// Whether the same call may succeed later without anybody changing anything.
    public var isRetriable: Bool
    /// Ids of the jobs that a failed push of many pushed all the same.
    public var pushedIDs: [String]
    /// Id of the job for whose sake a push was refused with ``Code-swift.struct/exists``.
    public var takenBy: String?
    /// The version that a key of shared state has in place of the one asked for (``Code-swift.struct/changed``), if it
    /// is told; 0 when it is not there.
    public var currentVersion: UInt64?
    /// After how long it may be worth trying again, if a ``Breaker`` or a ``Limiter`` said so.
    public var retryAfter: Duration?

    /// Makes an error; for tests and for code that wraps this module.
    public init(
        _ code: Code, _ message: String, serverText: String? = nil, isRetriable: Bool = false, pushedIDs: [String] = [],
        takenBy: String? = nil, currentVersion: UInt64? = nil, retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.serverText = serverText
        self.isRetriable = isRetriable
        self.pushedIDs = pushedIDs
        self.takenBy = takenBy
        self.currentVersion = currentVersion
        self.retryAfter = retryAfter
    }

    /// The message with the name of the code.
    public var description: String { "\(message) (\(code))" }
}
