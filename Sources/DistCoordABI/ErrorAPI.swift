// include/distcoord/error.h

public import CDistCoord
import DistCoordCore

/// An error as C holds it.
final class ErrorBox {
    let status: Status
    let message: CText
    let serverText: CText

    init(_ error: CoordinationError) {
        status = error.status
        message = CText(error.message)
        serverText = CText(error.serverText)
    }
}

@implementation @_cdecl("distcoord_error_status")
public func distcoord_error_status(_ error: OpaquePointer!) -> distcoord_status {
    HandleBox.borrow(error, as: ErrorBox.self)?.status.rawValue ?? 0
}

@implementation @_cdecl("distcoord_error_message")
public func distcoord_error_message(_ error: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(error, as: ErrorBox.self)?.message.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_error_server_text")
public func distcoord_error_server_text(_ error: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(error, as: ErrorBox.self)?.serverText.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_error_is_retriable")
public func distcoord_error_is_retriable(_ error: OpaquePointer!) -> Bool {
    HandleBox.borrow(error, as: ErrorBox.self)?.status.isRetriable ?? false
}

@implementation @_cdecl("distcoord_error_free")
public func distcoord_error_free(_ error: OpaquePointer!) {
    _ = HandleBox.consume(error, as: ErrorBox.self)
}
