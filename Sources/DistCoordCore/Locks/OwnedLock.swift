// A lock that is held by an owner rather than by a handle: by (handle, thread), for reentrancy, or by whoever knows an id.
//
// Each acquire is a level: a grant of its own with its own lease, under the one fence of the lock. The server counts them.

import DistCoordRedis
import Synchronization

/// A handle that holds for an owner.
final class OwnedLock: LockForm {
    private struct Level: Sendable {
        let owner: String
        let grant: GrantHandle
    }

    private let place: LockPlace
    private let number = OwnedLock.nextNumber.wrappingAdd(1, ordering: .relaxed).newValue
    private let levels = Guarded<[Level]>([])
    private let lastFence = Atomic<UInt64>(0)
    private let loss = LossSignal()
    private let scope = CancelScope()
    /// The handle's last level was lost and has not been released since.
    private let isLost = Flag()

    private static let nextNumber = Atomic<UInt64>(0)

    init(_ place: LockPlace) {
        self.place = place
    }

    var defaultWait: Int64 { place.options.wait }

    /// Who acquires: the explicit owner, else the calling thread with this handle.
    private func owner() -> String {
        place.options.owner ?? "\(place.client.id)/\(number)/\(NativeThread.currentID)"
    }

    private func makeLevel(_ owner: String) -> Level {
        let manner = ExclusiveManner(
            extra: .owner(owner), isUnfair: !place.options.isFair, isReentrant: place.options.isReentrant)
        let grant = GrantHandle(client: place.client, calls: place.calls(manner), terms: place.options.terms)
        grant.onLoss { [weak self] in self?.levelWasLost() }
        return Level(owner: owner, grant: grant)
    }

    func acquire(milliseconds: Int64) throws(CoordinationError) -> Status {
        let owner = owner()
        // The server may count a lost level for a moment longer: a new one must not be had under its fence.
        for level in levels.withLock({ $0 }) where level.owner == owner && level.grant.state == .lost {
            level.grant.expire(now: .now)
            level.grant.settleExpired()
        }
        let level = makeLevel(owner)
        let status = try level.grant.acquire(milliseconds: milliseconds, endedBy: scope)
        if status == .ok { add(level) }
        return status
    }

    func adopt() throws(CoordinationError) -> Status {
        guard let owner = place.options.owner else {
            throw .invalid("only a handle with an explicit owner can adopt; set one in its options")
        }
        let level = makeLevel(owner)
        let calls = place.calls(ExclusiveManner(extra: .owner(owner)))
        let lease = place.options.lease
        let status = try level.grant.take { calls.adopt(token: $0, lease: lease) }
        if status == .ok { add(level) }
        return status
    }

    private func add(_ level: Level) {
        lastFence.store(level.grant.fence, ordering: .releasing)
        levels.withLock { levels in
            levels.append(level)
            isLost.clear()
            loss.lower()
        }
    }

    func release() throws(CoordinationError) -> Status {
        try place.client.checkOpen()
        if let level = try takeLast() {
            let status = try level.grant.release()
            // Its own lease had ended, but a longer one of the same owner kept the lock.
            return status == .lost && isHeld ? .ok : status
        }
        if isLost.isSet {
            isLost.clear()
            loss.lower()
            return .lost
        }
        guard place.options.owner != nil, try adopt() == .ok, let level = try takeLast() else { return .notHeld }
        return try level.grant.release()
    }

    func extend(milliseconds: Int64) throws(CoordinationError) -> Status {
        try place.client.checkOpen()
        var level = try last()
        if level == nil, !isLost.isSet, place.options.owner != nil, try adopt() == .ok { level = try last() }
        guard let level else { return isLost.isSet ? .lost : .notHeld }
        return try level.grant.extend(milliseconds: milliseconds)
    }

    func detach() throws(CoordinationError) -> Status {
        guard let owner = place.options.owner else {
            throw .invalid("only a handle with an explicit owner can be detached; set one in its options")
        }
        guard let level = try last() else { return isLost.isSet ? .lost : .notHeld }
        let calls = place.calls(ExclusiveManner(extra: .owner(owner)))
        let lease = place.options.lease
        let status = try level.grant.change(forgets: true) { calls.detach(token: $0, fence: $1, lease: lease) }
        if status == .ok { levels.withLock { $0.removeAll { $0.grant === level.grant } } }
        return status
    }

    /// The innermost level of the calling owner; fails when the parent of this process holds it, or the only ones there are.
    private func last() throws(CoordinationError) -> Level? {
        let owner = owner()
        let all = levels.withLock { $0 }
        guard let level = all.last(where: { $0.owner == owner }) else {
            for level in all { try level.grant.checkProcess() }
            return nil
        }
        try level.grant.checkProcess()
        return level
    }

    private func takeLast() throws(CoordinationError) -> Level? {
        guard let level = try last() else { return nil }
        return levels.withLock { levels in
            // Another thread may have taken it meanwhile.
            levels.lastIndex { $0.grant === level.grant }.map { levels.remove(at: $0) }
        }
    }

    // MARK: - What the handle knows

    private var isHeld: Bool { levels.withLock { $0.contains { $0.grant.state == .held } } }

    var state: GrantState {
        levels.withLock { levels in
            let states = levels.map { $0.grant.state }
            if states.contains(.held) { return .held }
            guard states.contains(.lost) || isLost.isSet else { return .free }
            loss.raise()
            return .lost
        }
    }

    var fence: UInt64 { lastFence.load(ordering: .acquiring) }

    var leaseLeft: Int64 { levels.withLock { $0.map { $0.grant.leaseLeft }.max() ?? 0 } }

    var depth: Int { levels.withLock { $0.count { $0.grant.state == .held } } }

    var eventDescriptor: Int32 { loss.descriptor }

    func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try loss.wait(place.client, scope, milliseconds: milliseconds, state: { state }, fence: { fence })
    }

    /// The lock is lost when no level is held any more: the longest lease counts.
    private func levelWasLost() {
        levels.withLock { levels in
            guard !levels.isEmpty, !levels.contains(where: { $0.grant.state == .held }) else { return }
            isLost.set()
            loss.raise()
        }
    }

    func cancelWaits() { scope.cancel() }

    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? { try place.inspect() }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status { try place.breakHold(fence: fence) }

    func dispose() {
        scope.cancel()
        let all = levels.withLock { levels in
            defer { levels.removeAll() }
            return levels
        }
        for level in all { level.grant.dispose() }
    }
}
