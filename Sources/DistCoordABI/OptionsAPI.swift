// include/distcoord/options.h and log.h

public import CDistCoord
import DistCoordCore

/// Options as C holds them.
final class OptionsBox {
    var options = ClientOptions()
}

/// A pointer of the host's, handed back to the host's own functions; what it points to is their business.
private struct HostPointer: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer?
}

@implementation @_cdecl("distcoord_options_new")
public func distcoord_options_new() -> OpaquePointer! {
    HandleBox.make(OptionsBox())
}

@implementation @_cdecl("distcoord_options_free")
public func distcoord_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: OptionsBox.self)
}

@implementation @_cdecl("distcoord_options_set_namespace")
public func distcoord_options_set_namespace(
    _ options: OpaquePointer!, _ name_space: UnsafePointer<CChar>!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        let value = try text(name_space, "name_space")
        try Names.check(value, what: "namespace", limit: 128)
        box.options.namespace = value
    }
}

@implementation @_cdecl("distcoord_options_set_label")
public func distcoord_options_set_label(_ options: OpaquePointer!, _ label: UnsafePointer<CChar>!) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        let value = try text(label, "label")
        try Names.check(value, what: "label", limit: 128)
        box.options.label = value
    }
}

@implementation @_cdecl("distcoord_options_set_credentials")
public func distcoord_options_set_credentials(
    _ options: OpaquePointer!, _ user: UnsafePointer<CChar>!, _ password: UnsafePointer<CChar>!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        let name = user == nil ? nil : try text(user, "user")
        let secret = password == nil ? nil : try text(password, "password")
        box.options.user = name
        box.options.password = secret
    }
}

@implementation @_cdecl("distcoord_options_set_connect_timeout_ms")
public func distcoord_options_set_connect_timeout_ms(_ options: OpaquePointer!, _ timeout_ms: Int64) -> distcoord_status
{
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        box.options.connectTimeout = try inRange(timeout_ms, 1...600_000, "timeout_ms")
    }
}

@implementation @_cdecl("distcoord_options_set_command_timeout_ms")
public func distcoord_options_set_command_timeout_ms(_ options: OpaquePointer!, _ timeout_ms: Int64) -> distcoord_status
{
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        box.options.commandTimeout = try inRange(timeout_ms, 1...600_000, "timeout_ms")
    }
}

@implementation @_cdecl("distcoord_options_set_max_payload")
public func distcoord_options_set_max_payload(_ options: OpaquePointer!, _ bytes: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        box.options.maxPayload = Int(try inRange(bytes, 1...67_108_864, "bytes"))
    }
}

@implementation @_cdecl("distcoord_options_set_minimum_nodes")
public func distcoord_options_set_minimum_nodes(_ options: OpaquePointer!, _ nodes: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        box.options.minimumNodes = Int(try inRange(nodes, 0...64, "nodes"))
    }
}

@implementation @_cdecl("distcoord_options_set_log")
public func distcoord_options_set_log(
    _ options: OpaquePointer!, _ level: Int32, _ function: distcoord_log_function!, _ user: UnsafeMutableRawPointer!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        let threshold = try inRange(level, 0...4, "level")
        guard let function else {
            box.options.log = .none
            return
        }
        let host = HostPointer(pointer: user)
        box.options.log = Log(threshold: threshold) { level, message in
            message.withCString { function(host.pointer, level, $0) }
        }
    }
}

@implementation @_cdecl("distcoord_options_set_interrupt")
public func distcoord_options_set_interrupt(
    _ options: OpaquePointer!, _ function: distcoord_interrupt_function!, _ user: UnsafeMutableRawPointer!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        guard let function else {
            box.options.interrupt = nil
            return
        }
        let host = HostPointer(pointer: user)
        box.options.interrupt = { function(host.pointer) != 0 }
    }
}

@implementation @_cdecl("distcoord_options_set_guardian")
public func distcoord_options_set_guardian(
    _ options: OpaquePointer!, _ arguments: UnsafePointer<UnsafePointer<CChar>?>!, _ count: Int
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: OptionsBox = try require(options, "options")
        var words: [String] = []
        for index in 0..<(try inRange(count, 0...64, "count")) {
            let word = try text(arguments?[index], "arguments")
            _ = try inRange(word.utf8.count, 1...4_096, "the length of an argument")
            words.append(word)
        }
        box.options.guardian = words
    }
}

/// A number that an option accepts.
func inRange<Number: Comparable & Sendable>(
    _ value: Number, _ range: ClosedRange<Number>, _ argument: StaticString
) throws(CoordinationError) -> Number {
    guard range.contains(value) else {
        throw CoordinationError(
            .invalidArgument, "\(argument) is \(value); \(range.lowerBound) to \(range.upperBound) are allowed")
    }
    return value
}
