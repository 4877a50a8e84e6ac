// include/distcoord/leader.h

public import CDistCoord
import DistCoordCore

/// Options of an election as C holds them.
final class ElectionOptionsBox {
    var options = ElectionOptions()
}

/// An election as C holds it.
final class ElectionBox {
    let election: ElectionHandle

    init(_ election: ElectionHandle) {
        self.election = election
    }

    deinit {
        election.dispose()
    }
}

@implementation @_cdecl("distcoord_election_options_new")
public func distcoord_election_options_new() -> OpaquePointer! {
    HandleBox.make(ElectionOptionsBox())
}

@implementation @_cdecl("distcoord_election_options_free")
public func distcoord_election_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: ElectionOptionsBox.self)
}

@implementation @_cdecl("distcoord_election_options_set_lease_ms")
public func distcoord_election_options_set_lease_ms(_ options: OpaquePointer!, _ lease_ms: Int64) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ElectionOptionsBox = try require(options, "options")
        try LeaseLength.check(lease_ms)
        box.options.lease = lease_ms
    }
}

@implementation @_cdecl("distcoord_election_options_set_value")
public func distcoord_election_options_set_value(
    _ options: OpaquePointer!, _ value: UnsafePointer<CChar>!
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ElectionOptionsBox = try require(options, "options")
        let value = try text(value, "value")
        try ElectionOptions.check(value: value)
        box.options.value = value
    }
}

@implementation @_cdecl("distcoord_election_options_set_renewal_ms")
public func distcoord_election_options_set_renewal_ms(
    _ options: OpaquePointer!, _ renewal_ms: Int64
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ElectionOptionsBox = try require(options, "options")
        try ElectionOptions.check(renewal: renewal_ms)
        box.options.renewal = renewal_ms
    }
}

@implementation @_cdecl("distcoord_election_options_set_step_down_ms")
public func distcoord_election_options_set_step_down_ms(
    _ options: OpaquePointer!, _ step_down_ms: Int64
) -> distcoord_status {
    setting { () throws(CoordinationError) in
        let box: ElectionOptionsBox = try require(options, "options")
        try ElectionOptions.check(stepDown: step_down_ms)
        box.options.stepDown = step_down_ms
    }
}

@implementation @_cdecl("distcoord_election_open")
public func distcoord_election_open(
    _ client: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ options: OpaquePointer!,
    _ out_election: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_election, "out_election")
        out.pointee = nil
        let box: ClientBox = try require(client, "client")
        let chosen = HandleBox.borrow(options, as: ElectionOptionsBox.self)?.options ?? ElectionOptions()
        let election = try ElectionHandle(client: box.client, name: try text(name, "name"), options: chosen)
        out.pointee = HandleBox.make(ElectionBox(election))
        return .ok
    }
}

@implementation @_cdecl("distcoord_election_campaign")
public func distcoord_election_campaign(
    _ election: OpaquePointer!, _ wait_ms: Int64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ElectionBox = try require(election, "election")
        return try box.election.campaign(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_election_resign")
public func distcoord_election_resign(
    _ election: OpaquePointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ElectionBox = try require(election, "election")
        return try box.election.resign()
    }
}

@implementation @_cdecl("distcoord_election_state")
public func distcoord_election_state(_ election: OpaquePointer!) -> Int32 {
    HandleBox.borrow(election, as: ElectionBox.self)?.election.leadershipState.rawValue ?? 0
}

@implementation @_cdecl("distcoord_election_term")
public func distcoord_election_term(_ election: OpaquePointer!) -> UInt64 {
    HandleBox.borrow(election, as: ElectionBox.self)?.election.term ?? 0
}

@implementation @_cdecl("distcoord_election_wait_lost")
public func distcoord_election_wait_lost(_ election: OpaquePointer!, _ wait_ms: Int64) -> distcoord_status {
    attempt(nil) { () throws(CoordinationError) in
        let box: ElectionBox = try require(election, "election")
        return try box.election.waitLost(milliseconds: wait_ms)
    }
}

@implementation @_cdecl("distcoord_election_event_fd")
public func distcoord_election_event_fd(_ election: OpaquePointer!) -> Int32 {
    HandleBox.borrow(election, as: ElectionBox.self)?.election.eventDescriptor ?? -1
}

@implementation @_cdecl("distcoord_election_cancel")
public func distcoord_election_cancel(_ election: OpaquePointer!) {
    HandleBox.borrow(election, as: ElectionBox.self)?.election.cancelWaits()
}

@implementation @_cdecl("distcoord_election_leader")
public func distcoord_election_leader(
    _ election: OpaquePointer!, _ out_info: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_info, "out_info")
        out.pointee = nil
        let box: ElectionBox = try require(election, "election")
        guard let leader = try box.election.inspect() else { return .empty }
        out.pointee = HandleBox.make(SnapshotBox(leader))
        return .ok
    }
}

@implementation @_cdecl("distcoord_election_observe")
public func distcoord_election_observe(
    _ election: OpaquePointer!, _ known_term: UInt64, _ wait_ms: Int64,
    _ out_info: UnsafeMutablePointer<OpaquePointer?>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_info, "out_info")
        out.pointee = nil
        let box: ElectionBox = try require(election, "election")
        let (status, leader) = try box.election.observe(knownTerm: known_term, milliseconds: wait_ms)
        if let leader { out.pointee = HandleBox.make(SnapshotBox(leader)) }
        return status
    }
}

@implementation @_cdecl("distcoord_election_set_value")
public func distcoord_election_set_value(
    _ election: OpaquePointer!, _ value: UnsafePointer<CChar>!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ElectionBox = try require(election, "election")
        return try box.election.set(value: try text(value, "value"))
    }
}

@implementation @_cdecl("distcoord_election_evict")
public func distcoord_election_evict(
    _ election: OpaquePointer!, _ term: UInt64, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ElectionBox = try require(election, "election")
        return try box.election.evict(term: term)
    }
}

@implementation @_cdecl("distcoord_election_run")
public func distcoord_election_run(
    _ election: OpaquePointer!, _ acquired: distcoord_leadership_acquired!, _ ended: distcoord_leadership_ended!,
    _ context: UnsafeMutableRawPointer!, _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: ElectionBox = try require(election, "election")
        return try box.election.run(
            acquired: { term in acquired?(context, term) },
            ended: { term, wasLost in ended?(context, term, wasLost) })
    }
}

@implementation @_cdecl("distcoord_election_watch")
public func distcoord_election_watch(
    _ election: OpaquePointer!, _ out_watch: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_watch, "out_watch")
        out.pointee = nil
        let box: ElectionBox = try require(election, "election")
        out.pointee = HandleBox.make(WatchBox(try box.election.watch()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_election_watch_next")
public func distcoord_election_watch_next(
    _ watch: OpaquePointer!, _ wait_ms: Int64, _ out_info: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_info, "out_info")
        out.pointee = nil
        let watch: LeaderWatch = try requireWatch(watch, of: "an election")
        let (status, leader) = try watch.next(milliseconds: wait_ms)
        if let leader { out.pointee = HandleBox.make(SnapshotBox(leader)) }
        return status
    }
}

@implementation @_cdecl("distcoord_leader_info_value")
public func distcoord_leader_info_value(_ info: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(info, as: SnapshotBox.self)?.value.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_leader_info_label")
public func distcoord_leader_info_label(_ info: OpaquePointer!) -> UnsafePointer<CChar>! {
    HandleBox.borrow(info, as: SnapshotBox.self)?.label.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_leader_info_term")
public func distcoord_leader_info_term(_ info: OpaquePointer!) -> UInt64 {
    HandleBox.borrow(info, as: SnapshotBox.self)?.snapshot.fence ?? 0
}

@implementation @_cdecl("distcoord_leader_info_since_ms")
public func distcoord_leader_info_since_ms(_ info: OpaquePointer!) -> Int64 {
    HandleBox.borrow(info, as: SnapshotBox.self)?.snapshot.sinceMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_leader_info_lease_left_ms")
public func distcoord_leader_info_lease_left_ms(_ info: OpaquePointer!) -> Int64 {
    HandleBox.borrow(info, as: SnapshotBox.self)?.snapshot.leaseLeftMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_leader_info_candidates")
public func distcoord_leader_info_candidates(_ info: OpaquePointer!) -> Int64 {
    HandleBox.borrow(info, as: SnapshotBox.self)?.snapshot.waiters ?? 0
}

@implementation @_cdecl("distcoord_leader_info_free")
public func distcoord_leader_info_free(_ info: OpaquePointer!) {
    _ = HandleBox.consume(info, as: SnapshotBox.self)
}

@implementation @_cdecl("distcoord_election_free")
public func distcoord_election_free(_ election: OpaquePointer!) {
    _ = HandleBox.consume(election, as: ElectionBox.self)
}
