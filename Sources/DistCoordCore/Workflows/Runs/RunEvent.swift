// What happens in a run.

import DistCoordRedis

/// An event.
public struct RunEvent: Sendable {
    /// One of DISTCOORD_RUN_EVENT_* of include/distcoord/run.h.
    public let kind: Int32
    /// Its number in the run, from 1.
    public let number: Int64
    /// Milliseconds since 1970 by the server's clock.
    public let milliseconds: Int64
    /// Name of the node it is about; "" for the run.
    public let task: String
    /// State of the node or the run after it, where the kind says so.
    public let state: Int32
    /// More, as the kind says.
    public let text: String

    /// The kind of the last one.
    public static let ended: Int32 = 1

    /// From a reply of workflow_history.lua: "<kind> <ms> <state> <name>\n<text>"; nil when it is not one.
    init?(number: Int64, _ packed: String) {
        let parts = packed.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let kind = Int32(parts[0]), let milliseconds = Int64(parts[1]),
            let state = Int32(parts[2])
        else { return nil }
        let rest = parts[3].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        self.kind = kind
        self.number = number
        self.milliseconds = milliseconds
        self.state = state
        task = rest.first.map { String($0) } ?? ""
        text = rest.count > 1 ? String(rest[1]) : ""
    }
}
