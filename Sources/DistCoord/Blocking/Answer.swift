// The one place where statuses of the C interface become Swift.

import CDistCoord

/// What a call answered when it did not fail.
package enum Answer: Sendable {
    case ok, timedOut, empty, notHeld, lost, exists, cancelled, interrupted, broken, notFound, expired, changed
    case rejected

    /// Nothing for a number that this version does not know.
    init?(status: distcoord_status) {
        switch Int(status) {
        case DISTCOORD_OK: self = .ok
        case DISTCOORD_TIMED_OUT: self = .timedOut
        case DISTCOORD_EMPTY: self = .empty
        case DISTCOORD_NOT_HELD: self = .notHeld
        case DISTCOORD_LOST: self = .lost
        case DISTCOORD_EXISTS: self = .exists
        case DISTCOORD_CANCELLED: self = .cancelled
        case DISTCOORD_INTERRUPTED: self = .interrupted
        case DISTCOORD_BROKEN: self = .broken
        case DISTCOORD_NOT_FOUND: self = .notFound
        case DISTCOORD_EXPIRED: self = .expired
        case DISTCOORD_CHANGED: self = .changed
        case DISTCOORD_REJECTED: self = .rejected
        default: return nil
        }
    }

    /// The code that tells the same to callers who get it thrown. `ok` has none.
    package var code: DistCoordError.Code {
        switch self {
        case .ok: DistCoordError.Code(rawValue: 0)
        case .timedOut: .timedOut
        case .empty: .empty
        case .notHeld: .notHeld
        case .lost: .lost
        case .exists: .exists
        case .cancelled: .cancelled
        case .interrupted: .interrupted
        case .broken: .broken
        case .notFound: .notFound
        case .expired: .expired
        case .changed: .changed
        case .rejected: .rejected
        }
    }
}

/// Runs one call of the library; gives its answer, throws its error.
func ask(_ call: (UnsafeMutablePointer<OpaquePointer?>) -> distcoord_status) throws(DistCoordError) -> Answer {
    var error: OpaquePointer?
    let status = call(&error)
    defer { distcoord_error_free(error) }
    if status < 0 { throw DistCoordError(status: status, error: error) }
    guard let answer = Answer(status: status) else {
        throw DistCoordError(.internal, "the library answered \(status), which this version does not know")
    }
    return answer
}

extension DistCoordError {
    init(status: distcoord_status, error: OpaquePointer?) {
        let code = Code(rawValue: status)
        guard let error else {
            self.init(code, "the library answered \(code)")
            return
        }
        let serverText = text(distcoord_error_server_text(error))
        self.init(
            code, text(distcoord_error_message(error)), serverText: serverText.isEmpty ? nil : serverText,
            isRetriable: distcoord_error_is_retriable(error))
    }
}

/// A borrowed text of the library, copied.
func text(_ borrowed: UnsafePointer<CChar>?) -> String {
    guard let borrowed else { return "" }
    return String(cString: borrowed)
}

/// Borrowed bytes of the library, copied.
func bytes(_ borrow: (UnsafeMutablePointer<Int>) -> UnsafeRawPointer?) -> [UInt8] {
    var length = 0
    guard let start = borrow(&length) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: start, count: length))
}

/// Refuses a text that would reach C cut at a NUL, and so mean something else.
func requireWhole(_ text: String, _ what: String) throws(DistCoordError) {
    if text.utf8.contains(0) {
        throw DistCoordError(.invalidArgument, "\(what) contains a NUL character")
    }
}

/// For texts that only people read: a NUL, which would cut it, is shown as a space.
func shown(_ text: String) -> String {
    text.utf8.contains(0) ? String(text.map { $0 == "\0" ? " " : $0 }) : text
}

/// Throws for a setter that refused its value.
func accept(_ status: distcoord_status, _ complaint: @autoclosure () -> String) throws(DistCoordError) {
    if status != distcoord_status(DISTCOORD_OK) { throw DistCoordError(.invalidArgument, complaint()) }
}

/// The object that a successful call handed over.
func owned(_ pointer: OpaquePointer?) throws(DistCoordError) -> OpaquePointer {
    guard let pointer else { throw DistCoordError(.internal, "the library handed over nothing; is memory short?") }
    return pointer
}
