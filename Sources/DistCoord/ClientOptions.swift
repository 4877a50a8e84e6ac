// How a client connects and behaves.

import CDistCoord

/// How much of what the library does is logged.
public enum LogLevel: Int32, Sendable, Comparable, CaseIterable {
    /// Nothing.
    case off = 0
    /// Something was lost.
    case error = 1
    /// Something will go wrong unless someone acts.
    case warning = 2
    /// State changes an operator wants to see.
    case info = 3
    /// Each grant, release, claim and completion.
    case debug = 4

    /// More talkative is greater.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// How a client connects and behaves. What is `nil` has the library's default.
public struct ClientOptions: Sendable {
    /// Programs meet only inside one namespace of one server. Default `default`, or `DISTCOORD_NAMESPACE`.
    public var namespace: String?
    /// How this client appears to people who look at holders and waiters. Default `user@host:pid`, or `DISTCOORD_LABEL`.
    public var label: String?
    /// User name; used together with ``password``.
    public var user: String?
    /// Password. With ``user`` it wins over what the URL and the environment say.
    public var password: String?
    /// How long making one connection may take. Default 5 s.
    public var connectTimeout: Duration?
    /// How long one operation may take, reconnecting included. It bounds calls, not waits. Default 10 s.
    public var commandTimeout: Duration?
    /// Largest payload or result in bytes. Default 64 MiB, which is also the maximum.
    public var maxPayload: Int?
    /// How many servers of a `quorum:` URL must grant. Default: more than half of them.
    public var minimumNodes: Int?
    /// Program and arguments of a helper process that gives back within milliseconds what this process held when it died
    /// by a crash or SIGKILL, for example `["distcoord", "guard"]`. Default: none; leases give it back in their time.
    public var guardian: [String]?
    /// How much ``log`` hears.
    public var logLevel: LogLevel
    /// Receives one line at a time, on any thread, several at once. It must return soon and not call this module.
    public var log: (@Sendable (LogLevel, String) -> Void)?

    /// Makes options; everything not given has its default.
    public init(
        namespace: String? = nil, label: String? = nil, user: String? = nil, password: String? = nil,
        connectTimeout: Duration? = nil, commandTimeout: Duration? = nil, maxPayload: Int? = nil,
        minimumNodes: Int? = nil, guardian: [String]? = nil,
        logLevel: LogLevel = .warning, log: (@Sendable (LogLevel, String) -> Void)? = nil
    ) {
        self.namespace = namespace
        self.label = label
        self.user = user
        self.password = password
        self.connectTimeout = connectTimeout
        self.commandTimeout = commandTimeout
        self.maxPayload = maxPayload
        self.minimumNodes = minimumNodes
        self.guardian = guardian
        self.logLevel = logLevel
        self.log = log
    }
}

/// Keeps the log closure alive for as long as the library may call it.
final class LogSink: Sendable {
    let write: @Sendable (LogLevel, String) -> Void

    init(_ write: @escaping @Sendable (LogLevel, String) -> Void) { self.write = write }
}

extension ClientOptions {
    /// Makes the library's object of these options; the caller frees it.
    func makeHandle(logSink: LogSink?) throws(DistCoordError) -> OpaquePointer {
        let options = try owned(distcoord_options_new())
        do throws(DistCoordError) {
            try apply(to: options, logSink: logSink)
        } catch {
            distcoord_options_free(options)
            throw error
        }
        return options
    }

    private func apply(to options: OpaquePointer, logSink: LogSink?) throws(DistCoordError) {
        if let namespace {
            try requireWhole(namespace, "the namespace")
            try accept(
                distcoord_options_set_namespace(options, namespace),
                "namespace '\(namespace)': 1 to 128 bytes of text without control characters are allowed")
        }
        if let label {
            try requireWhole(label, "the label")
            try accept(
                distcoord_options_set_label(options, label),
                "label '\(label)': 1 to 128 bytes of text without control characters are allowed")
        }
        if user != nil || password != nil {
            try requireWhole(user ?? "", "the user name")
            try requireWhole(password ?? "", "the password")
            try accept(
                distcoord_options_set_credentials(options, user, password),
                "the user name or the password is not usable")
        }
        if let connectTimeout {
            try accept(
                distcoord_options_set_connect_timeout_ms(options, connectTimeout.wholeMilliseconds),
                "connect timeout \(connectTimeout): 1 ms to 10 minutes are allowed")
        }
        if let commandTimeout {
            try accept(
                distcoord_options_set_command_timeout_ms(options, commandTimeout.wholeMilliseconds),
                "command timeout \(commandTimeout): 1 ms to 10 minutes are allowed")
        }
        if let maxPayload {
            try accept(
                distcoord_options_set_max_payload(options, Int64(maxPayload)),
                "largest payload \(maxPayload): 1 to 67108864 bytes are allowed")
        }
        if let minimumNodes {
            try accept(
                distcoord_options_set_minimum_nodes(options, Int64(minimumNodes)),
                "minimum of nodes \(minimumNodes): 1 to 64 are allowed, 0 for more than half")
        }
        if let guardian {
            for argument in guardian { try requireWhole(argument, "an argument of the guardian") }
            try withTexts(guardian) { arguments throws(DistCoordError) in
                try accept(
                    distcoord_options_set_guardian(options, arguments.baseAddress, arguments.count),
                    "the guardian: at most 64 arguments of 1 to 4096 bytes are allowed")
            }
        }
        if let logSink {
            try accept(
                distcoord_options_set_log(
                    options, logLevel.rawValue,
                    { user, level, message in
                        guard let user, let message else { return }
                        let sink = Unmanaged<LogSink>.fromOpaque(user).takeUnretainedValue()
                        sink.write(LogLevel(rawValue: level) ?? .debug, String(cString: message))
                    }, Unmanaged.passUnretained(logSink).toOpaque()),
                "the log function was refused")
        }
    }
}
