// include/distcoord/client.h

public import CDistCoord
import DistCoordCore

/// A client as C holds it.
final class ClientBox {
    let client: Client
    let url: CText
    let name_space: CText
    // The identity changes in a forked child, which is single-threaded at first; texts handed out stay valid.
    private var ids: [(id: String, text: CText)] = []

    init(_ client: Client) {
        self.client = client
        url = CText(client.url)
        name_space = CText(client.options.namespace)
        ids = [(client.id, CText(client.id))]
    }

    var id: UnsafePointer<CChar> {
        let present = client.id
        if let known = ids.last(where: { $0.id == present }) { return known.text.pointer }
        let made = CText(present)
        ids.append((present, made))
        return made.pointer
    }
}

/// A health report as C holds it.
final class HealthBox {
    struct Line {
        let name: CText
        let detail: CText
        let state: Int32
    }

    let state: Int32
    let lines: [Line]

    init(_ report: HealthReport) {
        state = report.state.rawValue
        lines = report.checks.map { Line(name: CText($0.name), detail: CText($0.detail), state: $0.state.rawValue) }
    }

    func line(_ index: Int) -> Line? {
        lines.indices.contains(index) ? lines[index] : nil
    }
}

@implementation @_cdecl("distcoord_client_open")
public func distcoord_client_open(
    _ url: UnsafePointer<CChar>!, _ options: OpaquePointer!, _ out_client: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_client, "out_client")
        out.pointee = nil
        let chosen = HandleBox.borrow(options, as: OptionsBox.self)?.options ?? ClientOptions()
        let client = try Client(url: url == nil ? nil : try text(url, "url"), options: chosen)
        out.pointee = HandleBox.make(ClientBox(client))
        return .ok
    }
}

@implementation @_cdecl("distcoord_client_ping")
public func distcoord_client_ping(
    _ client: OpaquePointer!, _ out_latency_us: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ClientBox = try require(client, "client")
        let latency = try box.client.ping()
        out_latency_us?.pointee = latency
        return .ok
    }
}

@implementation @_cdecl("distcoord_client_cancel")
public func distcoord_client_cancel(_ client: OpaquePointer!) {
    HandleBox.borrow(client, as: ClientBox.self)?.client.cancelWaits()
}

@implementation @_cdecl("distcoord_client_close")
public func distcoord_client_close(
    _ client: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ClientBox = try require(client, "client")
        try box.client.close()
        return .ok
    }
}

@implementation @_cdecl("distcoord_client_free")
public func distcoord_client_free(_ client: OpaquePointer!) {
    _ = HandleBox.consume(client, as: ClientBox.self)
}

@implementation @_cdecl("distcoord_client_id")
public func distcoord_client_id(_ client: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(client, as: ClientBox.self)?.id ?? emptyText
}

@implementation @_cdecl("distcoord_client_url")
public func distcoord_client_url(_ client: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(client, as: ClientBox.self)?.url.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_client_namespace")
public func distcoord_client_namespace(_ client: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(client, as: ClientBox.self)?.name_space.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_client_check")
public func distcoord_client_check(
    _ client: OpaquePointer!, _ out_health: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ClientBox = try require(client, "client")
        let out = try require(out_health, "out_health")
        out.pointee = nil
        out.pointee = HandleBox.make(HealthBox(try box.client.checkHealth()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_health_state")
public func distcoord_health_state(_ health: OpaquePointer!) -> Int32 {
    HandleBox.borrow(health, as: HealthBox.self)?.state ?? HealthReport.State.unhealthy.rawValue
}

@implementation @_cdecl("distcoord_health_count")
public func distcoord_health_count(_ health: OpaquePointer!) -> Int {
    HandleBox.borrow(health, as: HealthBox.self)?.lines.count ?? 0
}

@implementation @_cdecl("distcoord_health_name")
public func distcoord_health_name(_ health: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    HandleBox.borrow(health, as: HealthBox.self)?.line(index)?.name.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_health_detail")
public func distcoord_health_detail(_ health: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    HandleBox.borrow(health, as: HealthBox.self)?.line(index)?.detail.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_health_check_state")
public func distcoord_health_check_state(_ health: OpaquePointer!, _ index: Int) -> Int32 {
    HandleBox.borrow(health, as: HealthBox.self)?.line(index)?.state ?? HealthReport.State.unhealthy.rawValue
}

@implementation @_cdecl("distcoord_health_free")
public func distcoord_health_free(_ health: OpaquePointer!) {
    _ = HandleBox.consume(health, as: HealthBox.self)
}
