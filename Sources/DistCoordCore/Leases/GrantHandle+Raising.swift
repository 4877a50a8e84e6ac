// A greater fence for what is held already, so that several grants that stand for one have the same (JointHold).

import DistCoordRedis

extension GrantHandle {
    /// Has the server raise the fence of the present grant, unless it is great enough, and note which one all go by.
    ///
    /// - Returns: Whether it is held.
    func raiseFence(
        to fence: UInt64, by call: (_ token: String, _ fence: UInt64, _ greater: UInt64) -> ScriptCall
    ) throws(CoordinationError) -> Bool {
        let (lease, session) = hold.withLock { hold -> (Lease?, Session?) in
            hold.isRaising = hold.lease != nil
            return (hold.lease, hold.session)
        }
        guard let lease, let session else { return false }
        defer { hold.withLock { $0.isRaising = false } }
        let reply = try run(call(lease.token, lease.fence, fence), session.patience(), session)
        guard reply.integer == 1 else {
            lose(lease.fence, "another has it")
            return false
        }
        return hold.withLock { hold in
            guard let present = hold.lease, present.token == lease.token else { return false }
            hold.lease?.fence = max(present.fence, fence)
            hold.lastFence = max(hold.lastFence, fence)
            return true
        }
    }
}
