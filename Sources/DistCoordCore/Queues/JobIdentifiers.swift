// Ids of jobs: as those of Identifiers.swift, but the random bits are drawn from the system for sixteen at a time. libuuid
// asks it three times for each id, which takes longer than all else that is done for a job when many are pushed.

import DistCoordRedis
import Glibc

/// Makes ids for one session. A forked child has another session, hence never the same block.
final class JobIdentifiers: Sendable {
    private let words = Guarded<[UInt64]>([])

    /// 256 bytes, the most that `getentropy` gives at once.
    private static let blockLength = 32

    /// An identity of 128 random bits as 22 letters and digits.
    func make() -> String {
        let pair = words.withLock { words -> (UInt64, UInt64)? in
            if words.count < 2 { words = JobIdentifiers.draw() }
            guard let first = words.popLast(), let second = words.popLast() else { return nil }
            return (first, second)
        }
        guard let pair else { return Identifiers.make() }
        return Identifiers.text(pair.0, pair.1)
    }

    /// Random words; none when the system refuses them.
    private static func draw() -> [UInt64] {
        var words = [UInt64](repeating: 0, count: blockLength)
        let failure = words.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { getentropy($0, bytes.count) } ?? -1
        }
        return failure == 0 ? words : []
    }
}
