// include/distcoord/instance.h: options, and by which identity instances find each other. The instance itself is in
// InstanceAPI.swift.

public import CDistCoord
import DistCoordCore

/// Options of instances as C holds them.
final class InstanceOptionsBox {
    var options = InstanceOptions()
}

@implementation @_cdecl("distcoord_run_identity")
public func distcoord_run_identity(
    _ explicit_id: UnsafePointer<CChar>!, _ with_attempt: Bool, _ out_identity: UnsafeMutablePointer<CChar>!,
    _ capacity: Int, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_identity, "out_identity")
        let identity = try RunIdentity.resolve(
            explicit: try optional(explicit_id, "explicit_id"), withAttempt: with_attempt)
        guard copy(identity, to: out, capacity: capacity) else {
            throw CoordinationError(
                .invalidArgument, "capacity is too small for the identity; \(RunIdentity.limit + 1) fit every one")
        }
        return .ok
    }
}

@implementation @_cdecl("distcoord_instance_options_new")
public func distcoord_instance_options_new() -> OpaquePointer! {
    HandleBox.make(InstanceOptionsBox())
}

@implementation @_cdecl("distcoord_instance_options_free")
public func distcoord_instance_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: InstanceOptionsBox.self)
}

/// Sets one of the options.
private func set(
    _ options: OpaquePointer?, _ body: (inout InstanceOptions) throws(CoordinationError) -> Void
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: InstanceOptionsBox = try require(options, "options")
        try body(&box.options)
    }
}

@implementation @_cdecl("distcoord_instance_options_set_identity")
public func distcoord_instance_options_set_identity(
    _ options: OpaquePointer!, _ identity: UnsafePointer<CChar>!
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in 
        try options.set(identity: identity == nil ? nil : try text(identity, "identity"))
    }
}

@implementation @_cdecl("distcoord_instance_options_set_with_attempt")
public func distcoord_instance_options_set_with_attempt(
    _ options: OpaquePointer!, _ with_attempt: Bool
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in options.withAttempt = with_attempt }
}

@implementation @_cdecl("distcoord_instance_options_set_prefix")
public func distcoord_instance_options_set_prefix(
    _ options: OpaquePointer!, _ prefix: UnsafePointer<CChar>!
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.set(prefix: try text(prefix, "prefix")) }
}

@implementation @_cdecl("distcoord_instance_options_set_index")
public func distcoord_instance_options_set_index(_ options: OpaquePointer!, _ index: Int32) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.set(index: index) }
}

@implementation @_cdecl("distcoord_instance_options_set_total")
public func distcoord_instance_options_set_total(_ options: OpaquePointer!, _ total: Int32) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.set(total: total) }
}

@implementation @_cdecl("distcoord_instance_options_set_index_variable")
public func distcoord_instance_options_set_index_variable(
    _ options: OpaquePointer!, _ name: UnsafePointer<CChar>!
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.set(indexVariable: try text(name, "name")) }
}

@implementation @_cdecl("distcoord_instance_options_set_total_variable")
public func distcoord_instance_options_set_total_variable(
    _ options: OpaquePointer!, _ name: UnsafePointer<CChar>!
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.set(totalVariable: try text(name, "name")) }
}

@implementation @_cdecl("distcoord_instance_options_set_capabilities")
public func distcoord_instance_options_set_capabilities(
    _ options: OpaquePointer!, _ capabilities: UnsafePointer<CChar>!
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in 
        try options.set(capabilities: try text(capabilities, "capabilities"))
    }
}

@implementation @_cdecl("distcoord_instance_options_set_lease_ms")
public func distcoord_instance_options_set_lease_ms(_ options: OpaquePointer!, _ lease_ms: Int64) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.set(lease: lease_ms) }
}

@implementation @_cdecl("distcoord_instance_options_set_expiry_ms")
public func distcoord_instance_options_set_expiry_ms(
    _ options: OpaquePointer!, _ expiry_ms: Int64
) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in try options.set(expiry: expiry_ms) }
}

@implementation @_cdecl("distcoord_instance_options_set_fail_fast")
public func distcoord_instance_options_set_fail_fast(_ options: OpaquePointer!, _ fail_fast: Bool) -> distcoord_status {
    set(options) { (options) throws(CoordinationError) in options.failsFast = fail_fast }
}
