// The one error of this floor. A struct with an open set of codes, so that adding one breaks nobody.

/// Why talking to a server failed.
public struct RedisError: Error, Sendable {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable {
        private enum Value {
            case invalidAddress, unreachable, noReply, connectionLost, server, cancelled, closed, system
        }

        private let value: Value

        /// The URL or connection string is malformed.
        public static let invalidAddress = Code(value: .invalidAddress)
        /// No connection could be made in time.
        public static let unreachable = Code(value: .unreachable)
        /// Connected, but no answer in time; whether the command ran is not known.
        public static let noReply = Code(value: .noReply)
        /// The connection broke while an answer was awaited; whether the command ran is not known.
        public static let connectionLost = Code(value: .connectionLost)
        /// The server answered with an error; `serverText` has it.
        public static let server = Code(value: .server)
        /// Somebody ended the wait.
        public static let cancelled = Code(value: .cancelled)
        /// The connection was closed by this process.
        public static let closed = Code(value: .closed)
        /// The machine is out of something: threads, descriptors, memory.
        public static let system = Code(value: .system)
    }

    public let code: Code
    /// One line that says what happened and what to do; no password in it.
    public let message: String
    /// The server's own words, or empty.
    public let serverText: String

    public init(_ code: Code, _ message: String, serverText: String = "") {
        self.code = code
        self.message = message
        self.serverText = serverText
    }

    /// The first word of the server's text ("OOM", "NOSCRIPT", "WRONGTYPE"), or empty.
    public var serverPrefix: Substring {
        serverText.prefix { $0 != " " }
    }
}
