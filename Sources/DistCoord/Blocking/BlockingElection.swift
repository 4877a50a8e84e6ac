// An election handle of the library.

import CDistCoord

/// Owns a `distcoord_election`.
package final class BlockingElection: Sendable {
    package enum State: Sendable { case follower, leader, lost }

    /// What an observation saw.
    package enum Observation: Sendable {
        case leader(Leader)
        case nobody
        case other(Answer)
    }

    nonisolated(unsafe) let pointer: OpaquePointer
    package let name: String
    private let client: BlockingClient

    package init(
        _ client: BlockingClient, _ name: String, _ options: ElectionOptions = ElectionOptions()
    ) throws(DistCoordError) {
        try requireWhole(name, "the election's name")
        let handle = try owned(distcoord_election_options_new())
        defer { distcoord_election_options_free(handle) }
        try options.apply(to: handle, of: "election '\(name)'")
        var election: OpaquePointer?
        _ = try ask { distcoord_election_open(client.pointer, name, handle, &election, $0) }
        pointer = try owned(election)
        self.name = name
        self.client = client
    }

    deinit { distcoord_election_free(pointer) }

    package func campaign(waitMilliseconds: Int64) throws(DistCoordError) -> Answer {
        try ask { distcoord_election_campaign(pointer, waitMilliseconds, $0) }
    }

    package func resign() throws(DistCoordError) -> Answer { try ask { distcoord_election_resign(pointer, $0) } }

    /// "Lost" when it led, but does not any more; the value holds for the next time all the same.
    package func setValue(_ value: String) throws(DistCoordError) -> Answer {
        try requireWhole(value, "the candidate's value")
        return try ask { distcoord_election_set_value(pointer, value, $0) }
    }

    /// Takes the leadership from whoever has it; with a term, only if it is that one.
    package func evict(term: UInt64?) throws(DistCoordError) -> Answer {
        try ask { distcoord_election_evict(pointer, term ?? 0, $0) }
    }

    package var state: State {
        switch Int(distcoord_election_state(pointer)) {
        case DISTCOORD_ELECTION_LEADER: .leader
        case DISTCOORD_ELECTION_LOST: .lost
        default: .follower
        }
    }

    package var term: UInt64 { distcoord_election_term(pointer) }

    /// Readable while the state is lost; -1 when the process has no descriptor left. Valid as long as this object.
    package var lossDescriptor: Int32 { distcoord_election_event_fd(pointer) }

    package func cancel() { distcoord_election_cancel(pointer) }

    /// Nothing when nobody leads.
    package func leader() throws(DistCoordError) -> Leader? {
        var info: OpaquePointer?
        let answer = try ask { distcoord_election_leader(pointer, &info, $0) }
        defer { distcoord_leader_info_free(info) }
        return answer == .ok ? Leader(info: info) : nil
    }

    /// Waits for a leader of another term than `term`, or, if that is not 0, for nobody to lead.
    package func observe(after term: UInt64, waitMilliseconds: Int64) throws(DistCoordError) -> Observation {
        var info: OpaquePointer?
        let answer = try ask { distcoord_election_observe(pointer, term, waitMilliseconds, &info, $0) }
        defer { distcoord_leader_info_free(info) }
        switch answer {
        case .ok: return .leader(Leader(info: info))
        case .empty: return .nobody
        default: return .other(answer)
        }
    }

    /// The leader and its value as they change; nothing while nobody leads.
    package func watch() throws(DistCoordError) -> BlockingWatch<Leader?> {
        var watch: OpaquePointer?
        _ = try ask { distcoord_election_watch(pointer, &watch, $0) }
        return BlockingWatch(try owned(watch), client) { watch, milliseconds throws(DistCoordError) in
            var info: OpaquePointer?
            let answer = try ask { distcoord_election_watch_next(watch, milliseconds, &info, $0) }
            defer { distcoord_leader_info_free(info) }
            switch answer {
            case .ok: return (.ok, .some(Leader(info: info)))
            case .empty: return (.ok, .some(nil))
            default: return (answer, nil)
            }
        }
    }
}

extension Leader {
    init(info: OpaquePointer?) {
        self.init(
            value: text(distcoord_leader_info_value(info)), label: text(distcoord_leader_info_label(info)),
            term: distcoord_leader_info_term(info),
            sinceMillisecondsSince1970: distcoord_leader_info_since_ms(info),
            leaseLeft: .milliseconds(distcoord_leader_info_lease_left_ms(info)),
            candidates: Int(distcoord_leader_info_candidates(info)))
    }
}
