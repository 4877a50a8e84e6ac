// The error of this floor: a status and what to tell a person.

import DistCoordRedis

/// Why an operation failed.
public struct CoordinationError: Error, Sendable {
    /// Always negative.
    public let status: Status
    /// One line: what happened, and what to do.
    public let message: String
    /// The server's own words, or empty.
    public let serverText: String

    public init(_ status: Status, _ message: String, serverText: String = "") {
        self.status = status
        self.message = message
        self.serverText = serverText
    }

    /// An error of the floor below.
    init(_ error: RedisError) {
        self.init(CoordinationError.status(of: error), error.message, serverText: error.serverText)
    }

    private static func status(of error: RedisError) -> Status {
        switch error.code {
        case .invalidAddress: return .invalidArgument
        case .unreachable: return .unreachable
        case .noReply, .connectionLost: return .noReply
        case .closed: return .closed
        // Waits know better why they were stopped; all else is stopped by the host's interrupt function alone.
        case .cancelled: return .interrupted
        case .server: break
        default: return .internalError
        }
        if error.isTransientServerError { return .unavailable }
        switch error.serverPrefix {
        case "OOM": return .serverFull
        case "NOAUTH", "WRONGPASS", "NOPERM", "DENIED": return .notPermitted
        case "WRONGTYPE": return .conflict
        default: break
        }
        if error.serverText.contains("invalid password") || error.serverText.contains("without any password") {
            return .notPermitted
        }
        // "unknown command" of a client, "Unknown Redis command called from script" of a script.
        return error.serverText.lowercased().contains("unknown") && error.serverText.contains("command")
            ? .unsupportedServer : .serverError
    }

    static func invalid(_ message: String) -> CoordinationError {
        CoordinationError(.invalidArgument, message)
    }
}

/// Runs a call of the floor below and translates its error.
@inline(__always)
func translating<Result>(_ body: () throws(RedisError) -> Result) throws(CoordinationError) -> Result {
    do throws(RedisError) {
        return try body()
    } catch {
        throw CoordinationError(error)
    }
}
