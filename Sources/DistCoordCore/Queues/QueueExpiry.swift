// Queues that are for one purpose, as that of a distributed run, leave nothing behind: all their keys expire some
// time after the last call, also when everybody is killed at any moment. Queues that stay pay nothing for this: the
// same scripts are sent in another form, with something around them (queue_expire.lua), when a call names two keys.

import DistCoordRedis
import Synchronization

/// When the keys of a queue expire, for all that a handle has in one process.
final class QueueExpiry: Sendable {
    private let expiry: Atomic<Int64>
    /// Set for ever, once the registry knows a queue that stays.
    private let isSettled = Flag()
    private let registerAt = Guarded(Instant.now)

    /// - Parameter milliseconds: 0 for never, or not known.
    init(_ milliseconds: Int64) {
        expiry = Atomic(milliseconds)
    }

    /// After the last activity; 0 for never, or not known yet.
    var milliseconds: Int64 { expiry.load(ordering: .relaxed) }

    /// What a call names as its keys.
    func keys(_ base: String) -> [String] {
        let milliseconds = milliseconds
        return milliseconds == 0 ? [base] : [base, Keys.expiry(ofQueue: base, milliseconds: milliseconds)]
    }

    /// Whether the registry has to be told of the queue (again).
    var mustRegister: Bool { !isSettled.isSet && registerAt.withLock { $0 <= .now } }

    /// The registry knows it, and has said when its keys expire.
    func registered(_ milliseconds: Int64) {
        expiry.store(milliseconds, ordering: .relaxed)
        registerAt.withLock { $0 = .now.advanced(milliseconds: milliseconds / 2) }
        if milliseconds == 0 { isSettled.set() }
    }

    /// A script in the form for queues whose keys expire.
    static let surround: @Sendable (_ source: String) -> String = { source in
        let (before, after) = frame
        var form = before
        form.reserveCapacity(before.count + source.utf8.count + after.count)
        let call = Array("redis.call(".utf8)
        var rest = Array(source.utf8)[...]
        while let start = rest.firstIndex(of: call[0]) {
            form += rest[..<start]
            rest = rest[start...]
            if rest.starts(with: call) {
                form += Array("KEYS.call(".utf8)
                rest = rest.dropFirst(call.count)
            } else {
                form.append(call[0])
                rest = rest.dropFirst()
            }
        }
        form += rest
        form += after
        return String(decoding: form, as: UTF8.self)
    }

    /// What is put before and behind a script.
    private static var frame: (before: [UInt8], after: [UInt8]) {
        let marker = Array("-- the script\n".utf8)
        let file = PackageResources.queue_expire_lua
        var start = file.startIndex
        while start < file.endIndex, !file[start...].starts(with: marker) { start += 1 }
        return (Script.assembled(file[..<start]), Script.assembled(file[start...]))
    }
}
