// include/distcoord/state.h

public import CDistCoord
import DistCoordCore

/// A scope of shared state as C holds it.
final class StateBox {
    let state: StateHandle

    init(_ state: StateHandle) {
        self.state = state
    }
}

/// An entry as C holds it.
final class StateEntryBox {
    let entry: StateEntry
    private let texts = LazyTexts(1)

    init(_ entry: StateEntry) {
        self.entry = entry
    }

    var key: UnsafePointer<CChar> { texts.text(0) { entry.key } }
}

/// A page as C holds it, which owns its entries.
final class StatePageBox {
    let entries: [StateEntryBox]
    let cursor: CText

    init(_ page: StatePage) {
        entries = page.entries.map { StateEntryBox($0) }
        cursor = CText(page.cursor)
    }
}

@implementation @_cdecl("distcoord_state_open")
public func distcoord_state_open(
    _ client: OpaquePointer!, _ scope: UnsafePointer<CChar>!, _ out_state: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_state, "out_state")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let scope = scope == nil ? nil : try text(scope, "scope")
        out.pointee = HandleBox.make(StateBox(try StateHandle(client: box.client, scope: scope)))
        return .ok
    }
}

@implementation @_cdecl("distcoord_state_get")
public func distcoord_state_get(
    _ state: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ out_entry: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_entry, "out_entry")
        out.pointee = nil
        let box: StateBox = try require(state, "state")
        guard let entry = try box.state.get(try text(key, "key")) else { return .notFound }
        out.pointee = HandleBox.make(StateEntryBox(entry))
        return .ok
    }
}

@implementation @_cdecl("distcoord_state_set")
public func distcoord_state_set(
    _ state: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ value: UnsafeRawPointer!, _ length: Int, _ ttl_ms: Int64,
    _ out_version: UnsafeMutablePointer<UInt64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_version?.pointee = 0
        let box: StateBox = try require(state, "state")
        let written = try box.state.set(try text(key, "key"), try bytes(value, length, "value"), ttl: ttl_ms)
        out_version?.pointee = written.version
        return written.status
    }
}

@implementation @_cdecl("distcoord_state_set_if")
public func distcoord_state_set_if(
    _ state: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ value: UnsafeRawPointer!, _ length: Int, _ ttl_ms: Int64,
    _ version: UInt64, _ out_version: UnsafeMutablePointer<UInt64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_version?.pointee = 0
        let box: StateBox = try require(state, "state")
        let written = try box.state.set(
            try text(key, "key"), try bytes(value, length, "value"), ttl: ttl_ms, ifVersion: version)
        out_version?.pointee = written.version
        return written.status
    }
}

@implementation @_cdecl("distcoord_state_delete")
public func distcoord_state_delete(
    _ state: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ version: UInt64,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: StateBox = try require(state, "state")
        return try box.state.delete(try text(key, "key"), version: version)
    }
}

@implementation @_cdecl("distcoord_state_expire")
public func distcoord_state_expire(
    _ state: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ ttl_ms: Int64,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: StateBox = try require(state, "state")
        return try box.state.expire(try text(key, "key"), ttl: ttl_ms)
    }
}

@implementation @_cdecl("distcoord_state_add")
public func distcoord_state_add(
    _ state: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ delta: Int64, _ ttl_ms: Int64,
    _ out_value: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_value?.pointee = 0
        let box: StateBox = try require(state, "state")
        let sum = try box.state.add(try text(key, "key"), delta, ttl: ttl_ms)
        out_value?.pointee = sum
        return .ok
    }
}

@implementation @_cdecl("distcoord_state_append")
public func distcoord_state_append(
    _ state: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ value: UnsafeRawPointer!, _ length: Int, _ limit: Int64,
    _ ttl_ms: Int64, _ out_count: UnsafeMutablePointer<Int64>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_count?.pointee = 0
        let box: StateBox = try require(state, "state")
        let count = try box.state.append(
            try text(key, "key"), try bytes(value, length, "value"), limit: limit, ttl: ttl_ms)
        out_count?.pointee = count
        return .ok
    }
}

@implementation @_cdecl("distcoord_state_items")
public func distcoord_state_items(
    _ state: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ first: Int64, _ count: Int64,
    _ out_page: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_page, "out_page")
        out.pointee = nil
        let box: StateBox = try require(state, "state")
        guard let page = try box.state.items(try text(key, "key"), first: first, count: count) else {
            return .notFound
        }
        out.pointee = HandleBox.make(StatePageBox(page))
        return .ok
    }
}

@implementation @_cdecl("distcoord_state_list")
public func distcoord_state_list(
    _ state: OpaquePointer!, _ prefix: UnsafePointer<CChar>!, _ cursor: UnsafePointer<CChar>!, _ limit: Int64,
    _ out_page: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_page, "out_page")
        out.pointee = nil
        let box: StateBox = try require(state, "state")
        let page = try box.state.list(
            prefix: try optional(prefix, "prefix"), cursor: try optional(cursor, "cursor"), limit: limit)
        out.pointee = HandleBox.make(StatePageBox(page))
        return .ok
    }
}

@implementation @_cdecl("distcoord_state_clear")
public func distcoord_state_clear(
    _ state: OpaquePointer!, _ prefix: UnsafePointer<CChar>!, _ out_count: UnsafeMutablePointer<Int64>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        out_count?.pointee = 0
        let box: StateBox = try require(state, "state")
        let count = try box.state.clear(prefix: try optional(prefix, "prefix"))
        out_count?.pointee = count
        return .ok
    }
}

@implementation @_cdecl("distcoord_state_watch")
public func distcoord_state_watch(
    _ state: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ is_prefix: Bool,
    _ out_watch: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_watch, "out_watch")
        out.pointee = nil
        let box: StateBox = try require(state, "state")
        let watch =
            is_prefix
            ? try box.state.watch(prefix: try optional(key, "key")) : try box.state.watch(key: try text(key, "key"))
        out.pointee = HandleBox.make(WatchBox(watch))
        return .ok
    }
}

@implementation @_cdecl("distcoord_state_watch_next")
public func distcoord_state_watch_next(
    _ watch: OpaquePointer!, _ wait_ms: Int64, _ out_entry: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_entry, "out_entry")
        out.pointee = nil
        let watch: StateWatch = try requireWatch(watch, of: "a state")
        let (status, entry) = try watch.next(milliseconds: wait_ms)
        if let entry { out.pointee = HandleBox.make(StateEntryBox(entry)) }
        return status
    }
}

// MARK: - What is read of an entry and of a page

private func entry(_ pointer: OpaquePointer?) -> StateEntry? {
    HandleBox.borrow(pointer, as: StateEntryBox.self)?.entry
}

@implementation @_cdecl("distcoord_state_entry_key")
public func distcoord_state_entry_key(_ entry: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(entry, as: StateEntryBox.self)?.key ?? emptyText
}

@implementation @_cdecl("distcoord_state_entry_kind")
public func distcoord_state_entry_kind(_ pointer: OpaquePointer!) -> Int32 {
    entry(pointer)?.kind.rawValue ?? 0
}

@implementation @_cdecl("distcoord_state_entry_value")
public func distcoord_state_entry_value(_ pointer: OpaquePointer!) -> UnsafeRawPointer! {
    // The array is never changed and the box outlives the pointer: its storage stays where it is.
    entry(pointer)?.text.withUnsafeBytes { $0.baseAddress } ?? UnsafeRawPointer(emptyText)
}

@implementation @_cdecl("distcoord_state_entry_length")
public func distcoord_state_entry_length(_ pointer: OpaquePointer!) -> Int {
    guard let entry = entry(pointer) else { return 0 }
    return entry.kind == .list ? entry.itemCount : entry.valueCount
}

@implementation @_cdecl("distcoord_state_entry_version")
public func distcoord_state_entry_version(_ pointer: OpaquePointer!) -> UInt64 {
    entry(pointer)?.version ?? 0
}

@implementation @_cdecl("distcoord_state_entry_ttl_left_ms")
public func distcoord_state_entry_ttl_left_ms(_ pointer: OpaquePointer!) -> Int64 {
    entry(pointer)?.ttlLeft ?? -1
}

@implementation @_cdecl("distcoord_state_entry_free")
public func distcoord_state_entry_free(_ entry: OpaquePointer!) {
    _ = HandleBox.consume(entry, as: StateEntryBox.self)
}

@implementation @_cdecl("distcoord_state_page_count")
public func distcoord_state_page_count(_ page: OpaquePointer!) -> Int {
    HandleBox.borrow(page, as: StatePageBox.self)?.entries.count ?? 0
}

@implementation @_cdecl("distcoord_state_page_entry")
public func distcoord_state_page_entry(_ page: OpaquePointer!, _ index: Int) -> OpaquePointer! {
    guard let entries = HandleBox.borrow(page, as: StatePageBox.self)?.entries, entries.indices.contains(index) else {
        return nil
    }
    return HandleBox.lend(entries[index])
}

@implementation @_cdecl("distcoord_state_page_cursor")
public func distcoord_state_page_cursor(_ page: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(page, as: StatePageBox.self)?.cursor.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_state_page_free")
public func distcoord_state_page_free(_ page: OpaquePointer!) {
    _ = HandleBox.consume(page, as: StatePageBox.self)
}

@implementation @_cdecl("distcoord_state_free")
public func distcoord_state_free(_ state: OpaquePointer!) {
    _ = HandleBox.consume(state, as: StateBox.self)
}
