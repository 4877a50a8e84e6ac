// What the command's exit status says. The numbers are a promise to scripts: sysexits where it has one.

import DistCoord

enum ExitStatus {
    static let success: Int32 = 0
    /// The answer is no: free, nobody leads, the job failed, the id is known already.
    static let no: Int32 = 1
    static let usage: Int32 = 64
    static let unreachable: Int32 = 69
    static let ourFault: Int32 = 70
    /// Busy, timed out, broken: trying later may help.
    static let temporary: Int32 = 75
    static let notPermitted: Int32 = 77
    static let badConfiguration: Int32 = 78
    /// The lease was lost while the child ran; the child was stopped.
    static let lost: Int32 = 79
    static let notExecutable: Int32 = 126
    static let notFound: Int32 = 127

    /// As shells report a process that a signal ended.
    static func signalled(_ number: Int32) -> Int32 { 128 &+ number }

    static func of(_ error: DistCoordError) -> Int32 { of(error.code) }

    static func of(_ answer: Answer) -> Int32 { answer == .ok ? success : of(answer.code) }

    static func of(_ code: DistCoordError.Code) -> Int32 {
        switch code {
        case .timedOut, .cancelled, .interrupted, .broken, .changed, .rejected: temporary
        case .empty, .notHeld, .exists, .notFound, .expired: no
        case .lost: lost
        case .invalidArgument, .tooLarge: usage
        case .conflict, .unsupportedServer: badConfiguration
        case .unreachable, .noReply, .unavailable, .serverFull: unreachable
        case .notPermitted: notPermitted
        default: ourFault
        }
    }
}

/// Ends the command with a status and something to say about it.
struct Complaint: Error {
    let message: String
    var hint: String?
    let status: Int32

    init(_ message: String, hint: String? = nil, status: Int32) {
        self.message = message
        self.hint = hint
        self.status = status
    }
}

/// Ends the command with a status; all is said.
struct Ended: Error {
    let status: Int32
}

func endUnlessSuccess(_ status: Int32) throws {
    if status != ExitStatus.success { throw Ended(status: status) }
}
