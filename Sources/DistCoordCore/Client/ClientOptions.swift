// Settings of a client, with their defaults and ranges.

import DistCoordRedis
import Glibc

/// How a client connects and behaves; explained in include/distcoord/options.h.
public struct ClientOptions: Sendable {
    public var namespace: String
    public var label: String
    public var user: String?
    public var password: String?
    public var connectTimeout: Int64 = 5_000
    public var commandTimeout: Int64 = 10_000
    public var maxPayload = 64 * 1024 * 1024
    /// Program and arguments of a process that gives back what this one held when it dies; empty for none.
    public var guardian: [String] = []
    /// How many servers of a quorum must grant; 0 for more than half.
    public var minimumNodes = 0
    public var log = Log.none
    /// Asked by waits on the initial thread whether to give up.
    public var interrupt: (@Sendable () -> Bool)?

    public init() {
        let environment = ProcessEnvironment.self
        namespace = environment["DISTCOORD_NAMESPACE"] ?? "default"
        label = environment["DISTCOORD_LABEL"] ?? ProcessEnvironment.defaultLabel
    }
}

/// What the process's surroundings say.
enum ProcessEnvironment {
    /// A variable of the environment; nil when it is unset or empty.
    static subscript(name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// "user@host:pid" of this process.
    static var defaultLabel: String { defaultLabel(pid: getpid()) }

    /// "user@host:pid"
    static func defaultLabel(pid: Int32) -> String {
        "\(userName)@\(host):\(pid)"
    }

    /// Name of this machine.
    static var host: String {
        var host = [CChar](repeating: 0, count: 65)
        gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.isEmpty ? "localhost" : name
    }

    private static var userName: String {
        // Not getpwuid: it may ask a directory server.
        ProcessEnvironment["USER"] ?? ProcessEnvironment["LOGNAME"] ?? "uid\(getuid())"
    }
}
