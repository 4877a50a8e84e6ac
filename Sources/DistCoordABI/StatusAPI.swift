// include/distcoord/status.h

public import CDistCoord

@implementation @_cdecl("distcoord_status_name")
public func distcoord_status_name(_ status: distcoord_status) -> UnsafePointer<CChar>! {
    switch Int(status) {
    case DISTCOORD_OK: constant("OK")
    case DISTCOORD_TIMED_OUT: constant("TIMED_OUT")
    case DISTCOORD_EMPTY: constant("EMPTY")
    case DISTCOORD_NOT_HELD: constant("NOT_HELD")
    case DISTCOORD_LOST: constant("LOST")
    case DISTCOORD_EXISTS: constant("EXISTS")
    case DISTCOORD_CANCELLED: constant("CANCELLED")
    case DISTCOORD_INTERRUPTED: constant("INTERRUPTED")
    case DISTCOORD_BROKEN: constant("BROKEN")
    case DISTCOORD_NOT_FOUND: constant("NOT_FOUND")
    case DISTCOORD_EXPIRED: constant("EXPIRED")
    case DISTCOORD_CHANGED: constant("CHANGED")
    case DISTCOORD_REJECTED: constant("REJECTED")
    case DISTCOORD_ERROR_INVALID_ARGUMENT: constant("ERROR_INVALID_ARGUMENT")
    case DISTCOORD_ERROR_TOO_LARGE: constant("ERROR_TOO_LARGE")
    case DISTCOORD_ERROR_CLOSED: constant("ERROR_CLOSED")
    case DISTCOORD_ERROR_FORKED: constant("ERROR_FORKED")
    case DISTCOORD_ERROR_CONFLICT: constant("ERROR_CONFLICT")
    case DISTCOORD_ERROR_UNREACHABLE: constant("ERROR_UNREACHABLE")
    case DISTCOORD_ERROR_NO_REPLY: constant("ERROR_NO_REPLY")
    case DISTCOORD_ERROR_NOT_PERMITTED: constant("ERROR_NOT_PERMITTED")
    case DISTCOORD_ERROR_UNAVAILABLE: constant("ERROR_UNAVAILABLE")
    case DISTCOORD_ERROR_SERVER_FULL: constant("ERROR_SERVER_FULL")
    case DISTCOORD_ERROR_UNSUPPORTED_SERVER: constant("ERROR_UNSUPPORTED_SERVER")
    case DISTCOORD_ERROR_SERVER: constant("ERROR_SERVER")
    case DISTCOORD_ERROR_INTERNAL: constant("ERROR_INTERNAL")
    default: constant("UNKNOWN")
    }
}
