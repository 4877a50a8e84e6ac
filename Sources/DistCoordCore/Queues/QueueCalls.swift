// The calls to the server for one queue. The calls that carry payloads are written where the payloads are.

import DistCoordRedis

/// Calls on one queue.
struct QueueCalls: Sendable {
    /// What all keys of the queue, or of one of its partitions, begin with.
    let base: String
    /// Whether all of them expire.
    let expiry: QueueExpiry
    /// What every call on the queue names as its keys.
    var keys: [String] { expiry.keys(base) }

    static let push = Script("queue_push", PackageResources.queue_push_lua)
    static let complete = Script("queue_complete", PackageResources.queue_complete_lua)
    private static let claim = Script("queue_claim", PackageResources.queue_claim_lua)
    private static let withdraw = Script("queue_withdraw", PackageResources.queue_withdraw_lua)
    private static let renew = Script("queue_renew", PackageResources.queue_renew_lua)
    private static let release = Script("queue_release", PackageResources.queue_release_lua)
    private static let fail = Script("queue_fail", PackageResources.queue_fail_lua)
    private static let cancelled = Script("queue_cancelled", PackageResources.queue_cancelled_lua)
    private static let progress = Script("queue_progress", PackageResources.queue_progress_lua)
    private static let result = Script("queue_result", PackageResources.queue_result_lua)
    private static let forget = Script("queue_forget", PackageResources.queue_forget_lua)
    private static let count = Script("queue_count", PackageResources.queue_count_lua)
    private static let register = Script("queue_register", PackageResources.queue_register_lua)
    private static let set = Script("queue_set", PackageResources.queue_set_lua)
    private static let list = Script("queue_list", PackageResources.queue_list_lua)
    private static let cancel = Script("queue_cancel", PackageResources.queue_cancel_lua)
    private static let retry = Script("queue_retry", PackageResources.queue_retry_lua)
    private static let promote = Script("queue_promote", PackageResources.queue_promote_lua)
    private static let delete = Script("queue_delete", PackageResources.queue_delete_lua)
    private static let batch = Script("queue_batch", PackageResources.queue_batch_lua)

    static var scripts: [Script] {
        [
            push, complete, claim, withdraw, renew, release, fail, cancelled, progress, result, forget, count, register,
            set, list, cancel, retry, promote, delete, batch,
        ]
    }

    /// Jobs that one call may be about; the scripts' `unpack` takes a few thousand values at most.
    static let batchLimit = 1_000

    /// - Parameter partition: Which one of several; nil when there is one.
    init(keys: Keys, name: String, partition: Int?, expiry: QueueExpiry) {
        base = keys.queue(name: name, partition: partition)
        self.expiry = expiry
    }

    /// One claim of one caller, which may be asked for repeatedly.
    struct Claim: Sendable {
        let slot: ClaimSlot
        /// Of a mailbox waiter; empty for a caller that does not wait.
        var token: String
        let count: Int
        let lease: Int64
        /// What the caller has, see `ClaimProfile`.
        let profile: String
        var arrival: Int64 = 0
        /// It has been asked for before.
        var isRepeated = false
    }

    func claim(_ claim: Claim) -> ScriptCall {
        ScriptCall(QueueCalls.claim, keys: keys, argumentCount: 8) { writer, isResent in
            writer.argument(claim.token)
            writer.argument(claim.slot.name)
            writer.argument(claim.slot.request)
            writer.argument(Int64(claim.count))
            writer.argument(claim.lease)
            writer.argument(isResent || claim.isRepeated ? "1" as StaticString : "0")
            writer.argument(claim.arrival)
            writer.argument(claim.profile)
        }
    }

    func withdraw(_ claim: Claim, givesBack: Bool) -> ScriptCall {
        ScriptCall(
            QueueCalls.withdraw, keys: keys,
            arguments: [
                claim.token, claim.slot.name, String(claim.slot.request), String(claim.count), givesBack ? "1" : "0",
                String(claim.lease), claim.profile,
            ])
    }

    /// A claimed job, as the server knows it.
    struct Held: Sendable {
        let id: String
        /// Number of the claim.
        let claim: Int64
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

    /// - Parameters:
    ///   - delay: For how long the jobs are not to be claimed; nil for the front of their lists.
    ///   - onResend: Called when the call is sent a second time: its answer is then ambiguous.
    func release(
        _ jobs: [Held], delay: Int64? = nil, onResend: @escaping @Sendable () -> Void = {}
    ) -> ScriptCall {
        ScriptCall(QueueCalls.release, keys: keys, argumentCount: 1 + 2 * jobs.count) { writer, isResent in
            if isResent { onResend() }
            if let delay { writer.argument(delay) } else { writer.argument("" as StaticString) }
            for job in jobs {
                writer.argument(job.id)
                writer.argument(job.claim)
            }
        }
    }

    /// - Parameters:
    ///   - delay: Before the next attempt, in milliseconds; nil for the job's backoff.
    ///   - onResend: See `release`.
    func fail(
        _ job: Held, fence: UInt64, failure: JobFailure, retry: Bool, delay: Int64? = nil,
        onResend: @escaping @Sendable () -> Void = {}
    ) -> ScriptCall {
        // Drawn here, so that a call that is sent twice says the same.
        let fraction = Int64.random(in: 0...1_000)
        let packed = failure.packed
        return ScriptCall(QueueCalls.fail, keys: keys, argumentCount: 7) { writer, isResent in
            if isResent { onResend() }
            writer.argument(job.id)
            writer.argument(job.claim)
            writer.argument(Int64(clamping: fence))
            writer.argument(packed)
            writer.argument(retry ? "1" as StaticString : "0")
            writer.argument(fraction)
            if let delay { writer.argument(delay) } else { writer.argument("" as StaticString) }
        }
    }

    /// - Parameters:
    ///   - reason: Why the job, a task of a run, is skipped; nil for a job that was cancelled.
    ///   - onResend: See `release`.
    func cancelled(
        _ job: Held, fence: UInt64, skipping reason: String? = nil, onResend: @escaping @Sendable () -> Void = {}
    ) -> ScriptCall {
        ScriptCall(QueueCalls.cancelled, keys: keys, argumentCount: 5) { writer, isResent in
            if isResent { onResend() }
            writer.argument(job.id)
            writer.argument(job.claim)
            writer.argument(Int64(clamping: fence))
            writer.argument(reason == nil ? "2" as StaticString : "3")
            writer.argument(reason ?? "")
        }
    }

    func progress(_ job: Held, percent: Int32, text: String) -> ScriptCall {
        ScriptCall(QueueCalls.progress, keys: keys, arguments: [job.id, String(job.claim), "\(percent) \(text)"])
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

    // MARK: - From outside

    /// Makes a queue known to those who look for jobs in all queues; answers {into how many partitions it is split,
    /// when its keys expire}.
    static func register(_ keys: Keys, name: String, partitions: Int, expiry: Int64) -> ScriptCall {
        ScriptCall(register, keys: keys.queueRegistry, arguments: [name, String(partitions), String(expiry)])
    }

    /// - Parameter settings: Pairs of a field and its value, "" for none; none of them to ask only.
    func set(_ settings: [String]) -> ScriptCall {
        ScriptCall(QueueCalls.set, keys: keys, arguments: settings)
    }

    func list(_ state: String, offset: Int64, limit: Int64) -> ScriptCall {
        ScriptCall(QueueCalls.list, keys: keys, arguments: [state, String(offset), String(limit)])
    }

    func inspect(id: String) -> ScriptCall {
        ScriptCall(QueueCalls.list, keys: keys, arguments: ["i", id])
    }

    // A second sending of these finds done what the first has done: it says that it is one.

    func cancel(id: String, reason: String) -> ScriptCall { repeatable(QueueCalls.cancel, [id, reason]) }

    /// - Parameter id: "" for some of all that are dead.
    func retry(id: String) -> ScriptCall { repeatable(QueueCalls.retry, [id]) }

    func promote(id: String) -> ScriptCall { repeatable(QueueCalls.promote, [id]) }

    /// - Parameters:
    ///   - state: "z" for dead jobs, "o" for what is kept of those that have ended.
    ///   - id: "" for a page of all.
    func delete(_ state: String, olderThan: Int64, id: String, offset: Int64 = 0, limit: Int64 = 1) -> ScriptCall {
        repeatable(QueueCalls.delete, [state, String(olderThan), id, String(offset), String(limit)])
    }

    /// A call whose last argument is "1" when it is sent again.
    private func repeatable(_ script: Script, _ arguments: [String]) -> ScriptCall {
        ScriptCall(script, keys: keys, argumentCount: arguments.count + 1) { writer, isResent in
            for argument in arguments { writer.argument(argument) }
            writer.argument(isResent ? "1" as StaticString : "0")
        }
    }

    /// - Parameter token: Of who waits for the end; "" of who does not.
    func batch(id: String, seals: Bool = false, token: String = "", leaves: Bool = false) -> ScriptCall {
        ScriptCall(QueueCalls.batch, keys: keys, arguments: [id, seals ? "1" : "0", token, leaves ? "1" : "0"])
    }
}
