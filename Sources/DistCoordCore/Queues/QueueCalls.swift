// The calls to the server for one queue. The calls that carry payloads are written where the payloads are.

import DistCoordRedis

/// Calls on one queue.
struct QueueCalls: Sendable {
    /// What all keys of the queue begin with.
    let base: String
    let keys: [String]
    private let registry: String
    private let name: String

    static let push = Script("queue_push", PackageResources.queue_push_lua)
    static let complete = Script("queue_complete", PackageResources.queue_complete_lua)
    private static let claim = Script("queue_claim", PackageResources.queue_claim_lua)
    private static let withdraw = Script("queue_withdraw", PackageResources.queue_withdraw_lua)
    private static let renew = Script("queue_renew", PackageResources.queue_renew_lua)
    private static let release = Script("queue_release", PackageResources.queue_release_lua)
    private static let fail = Script("queue_fail", PackageResources.queue_fail_lua)
    private static let result = Script("queue_result", PackageResources.queue_result_lua)
    private static let forget = Script("queue_forget", PackageResources.queue_forget_lua)
    private static let count = Script("queue_count", PackageResources.queue_count_lua)
    private static let register = Script("queue_register", PackageResources.queue_register_lua)

    static var scripts: [Script] {
        [push, complete, claim, withdraw, renew, release, fail, result, forget, count, register]
    }

    /// Jobs that one call may be about; the scripts' `unpack` takes a few thousand values at most.
    static let batchLimit = 1_000

    init(keys: Keys, name: String) {
        base = keys.queue(name: name)
        self.keys = [base]
        registry = keys.queueRegistry
        self.name = name
    }

    /// One claim of one caller, which may be asked for repeatedly.
    struct Claim: Sendable {
        let slot: ClaimSlot
        /// Of a mailbox waiter; empty for a caller that does not wait.
        var token: String
        let count: Int
        let lease: Int64
        var arrival: Int64 = 0
        /// It has been asked for before.
        var isRepeated = false
    }

    func claim(_ claim: Claim) -> ScriptCall {
        ScriptCall(QueueCalls.claim, keys: keys, argumentCount: 7) { writer, isResent in
            writer.argument(claim.token)
            writer.argument(claim.slot.name)
            writer.argument(claim.slot.request)
            writer.argument(Int64(claim.count))
            writer.argument(claim.lease)
            writer.argument(isResent || claim.isRepeated ? "1" as StaticString : "0")
            writer.argument(claim.arrival)
        }
    }

    func withdraw(_ claim: Claim, givesBack: Bool) -> ScriptCall {
        ScriptCall(
            QueueCalls.withdraw, keys: keys,
            arguments: [
                claim.token, claim.slot.name, String(claim.slot.request), String(claim.count), givesBack ? "1" : "0",
                String(claim.lease),
            ])
    }

    /// A claimed job, as the server knows it.
    struct Held: Sendable {
        let id: String
        /// Number of the claim.
        let claim: Int64
        let priority: Int32
    }

    func renew(_ jobs: [Held], lease: Int64) -> ScriptCall {
        ScriptCall(QueueCalls.renew, keys: keys, argumentCount: 1 + 2 * jobs.count) { writer, _ in
            writer.argument(lease)
            for job in jobs {
                writer.argument(job.id)
                writer.argument(job.claim)
            }
        }
    }

    /// - Parameter onResend: Called when the call is sent a second time: its answer is then ambiguous.
    func release(_ jobs: [Held], onResend: @escaping @Sendable () -> Void = {}) -> ScriptCall {
        ScriptCall(QueueCalls.release, keys: keys, argumentCount: 3 * jobs.count) { writer, isResent in
            if isResent { onResend() }
            for job in jobs {
                writer.argument(job.id)
                writer.argument(job.claim)
                writer.argument(Int64(job.priority))
            }
        }
    }

    /// - Parameters:
    ///   - fraction: A random number from 0 to 1000.
    ///   - onResend: See `release`.
    func fail(
        _ job: Held, fence: UInt64, message: String, retry: Bool, fraction: Int64,
        onResend: @escaping @Sendable () -> Void = {}
    ) -> ScriptCall {
        ScriptCall(QueueCalls.fail, keys: keys, argumentCount: 6) { writer, isResent in
            if isResent { onResend() }
            writer.argument(job.id)
            writer.argument(job.claim)
            writer.argument(Int64(clamping: fence))
            writer.argument(message)
            writer.argument(retry ? "1" as StaticString : "0")
            writer.argument(fraction)
        }
    }

    func result(id: String, token: String) -> ScriptCall {
        ScriptCall(QueueCalls.result, keys: keys, arguments: [id, token])
    }

    func forget(id: String, token: String) -> ScriptCall {
        ScriptCall(QueueCalls.forget, keys: keys, arguments: [id, token])
    }

    func count() -> ScriptCall {
        ScriptCall(QueueCalls.count, keys: keys, arguments: [])
    }

    func register() -> ScriptCall {
        ScriptCall(QueueCalls.register, keys: [registry], arguments: [name])
    }
}
