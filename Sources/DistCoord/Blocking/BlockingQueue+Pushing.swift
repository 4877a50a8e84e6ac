// Pushing, one job or many.

import CDistCoord

extension BlockingQueue {
    /// Gives the id, and whether a job of that id, or one with the same unique key, is known already; then the id is
    /// that job's, and nothing was pushed. Throws "not found" for a job that waits for one that is not known.
    package func push(
        _ payload: [UInt8], _ options: PushOptions
    ) throws(DistCoordError) -> (id: String, existed: Bool) {
        let handle = try BlockingJobOptions(options)
        let (answer, id) = try askForID { id, capacity, error in
            distcoord_queue_push(pointer, payload, payload.count, handle.pointer, id, capacity, error)
        }
        if answer == .notFound { throw unknownDependency(name) }
        return (id, answer == .exists)
    }

    /// All payloads with the same options. Gives the ids in the order of the payloads.
    package func pushMany(_ payloads: [[UInt8]], _ options: PushOptions) throws(DistCoordError) -> [String] {
        let outcomes = try pushMany(payloads.map { NewJob($0, options: options) })
        let pushed = outcomes.filter { $0.state == .pushed }.map(\.id)
        guard let refused = outcomes.first(where: { $0.state != .pushed }) else { return pushed }
        var error =
            refused.state == .existed
            ? DistCoordError(.exists, "queue '\(name)': job '\(refused.id)' is known already", takenBy: refused.id)
            : unknownDependency(name)
        error.pushedIDs = pushed
        throw error
    }

    /// Gives what became of each, in the order of the jobs. When it throws, part of them may have been pushed: the
    /// error has their ids.
    package func pushMany(_ jobs: [NewJob]) throws(DistCoordError) -> [PushOutcome] {
        if jobs.isEmpty { return [] }
        // Neighbours mostly have the same options.
        var handles: [BlockingJobOptions] = []
        var pointers: [OpaquePointer?] = []
        pointers.reserveCapacity(jobs.count)
        for (index, job) in jobs.enumerated() {
            if index == 0 || job.options != jobs[index - 1].options {
                handles.append(try BlockingJobOptions(job.options))
            }
            pointers.append(handles.last?.pointer)
        }
        defer { withExtendedLifetime(handles) {} }
        var receipt: OpaquePointer?
        defer { distcoord_push_receipt_free(receipt) }
        do throws(DistCoordError) {
            _ = try ask { error in
                withAddresses(of: jobs.map(\.payload)) { payloads, lengths in
                    distcoord_queue_push_many(pointer, payloads, lengths, pointers, jobs.count, &receipt, error)
                }
            }
        } catch {
            var error = error
            error.pushedIDs = text(distcoord_push_receipt_ids(receipt)).split(separator: "\n").map(String.init)
            throw error
        }
        return jobs.indices.map { index in
            let state = Answer(status: distcoord_push_receipt_status(receipt, index)).map(PushOutcome.State.init)
            return PushOutcome(id: text(distcoord_push_receipt_id(receipt, index)), state: state ?? .unknownDependency)
        }
    }
}

/// Runs a call that hands over the id of a job.
func askForID(
    _ call: (UnsafeMutablePointer<CChar>, Int, UnsafeMutablePointer<OpaquePointer?>) -> distcoord_status
) throws(DistCoordError) -> (answer: Answer, id: String) {
    let capacity = 129
    let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
    defer { buffer.deallocate() }
    buffer.initialize(to: 0)
    let answer = try ask { call(buffer, capacity, $0) }
    return (answer, text(buffer))
}

func unknownDependency(_ queue: String) -> DistCoordError {
    DistCoordError(.notFound, "queue '\(queue)': a job that it is to wait for is not known; nothing was pushed of it")
}

extension PushOutcome.State {
    fileprivate init(_ answer: Answer) {
        switch answer {
        case .ok: self = .pushed
        case .exists: self = .existed
        default: self = .unknownDependency
        }
    }
}
