// Looking at jobs, and dealing with them from outside.

extension Queue {
    /// Jobs in one state, a page at a time: waiting ones in the order in which they will be claimed, delayed ones by
    /// their time, active ones by the end of their lease, dead ones the latest first. Blocked and ended ones are in no
    /// order, and a page of them may be shorter than asked for without being the last.
    ///
    /// - Parameters:
    ///   - state: Where the jobs are; ``JobState/completed`` lists all whose outcome is kept, whatever it is.
    ///   - offset: How many to leave out.
    ///   - limit: How many at most, 1 to 1 000.
    public func jobs(in state: JobState, offset: Int = 0, limit: Int = 100) async throws -> [JobInfo] {
        try await withHandle { try $0.jobs(state, offset: offset, limit: limit) }
    }

    /// One job; `nil` when it is not known.
    public func inspect(_ id: String) async throws -> JobInfo? { try await withHandle { try $0.inspect(id) } }

    /// Cancels a job. One that is not claimed has ended with this call. One that runs is asked to stop: its
    /// ``Job/state-swift.property`` becomes ``Job/State-swift.enum/cancelling``, and should its worker fail it or die,
    /// it is cancelled and not tried again.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/notFound``, and ``DistCoordError/Code-swift.struct/expired`` for a job
    /// that has ended already.
    ///
    /// - Returns: Whether it runs still.
    @discardableResult
    public func cancel(_ id: String, reason: String? = nil) async throws -> Bool {
        let (answer, stillRuns) = try await withHandle { try $0.cancelJob(id, reason: reason) }
        switch answer {
        case .ok: return stillRuns
        case .expired: throw DistCoordError(.expired, "queue '\(name)': job '\(id)' has ended already")
        default: throw missing("job '\(id)'")
        }
    }

    /// Lets a dead job be tried again from the first attempt on. Throws ``DistCoordError/Code-swift.struct/notFound``
    /// when there is no such dead job, ``DistCoordError/Code-swift.struct/exists`` when another one has its unique key.
    public func retryDead(_ id: String) async throws {
        switch try await withHandle({ try $0.retryDead(id) }).answer {
        case .ok: return
        case .exists:
            throw DistCoordError(.exists, "queue '\(name)': another job has the unique key of job '\(id)'")
        default: throw missing("dead job '\(id)'")
        }
    }

    /// Lets all dead jobs be tried again from the first attempt on; gives how many.
    @discardableResult
    public func retryAllDead() async throws -> Int { try await withHandle { try $0.retryDead(nil) }.count }

    /// Makes a delayed job ready now. Throws ``DistCoordError/Code-swift.struct/notFound`` when there is no such job.
    public func promote(_ id: String) async throws {
        if try await withHandle({ try $0.promote(id) }) != .ok { throw missing("delayed job '\(id)'") }
    }

    /// Deletes one job for good. Throws ``DistCoordError/Code-swift.struct/notFound`` when it is not in that state.
    public func purge(_ id: String, in state: JobState = .dead) async throws {
        if try await withHandle({ try $0.purge(state, id, olderThan: .zero) }).answer != .ok {
            throw missing("\(state.rawValue) job '\(id)'")
        }
    }

    /// Deletes the jobs in one state for good; gives how many. Those that have not run are cancelled first, so whoever
    /// waits for them is told.
    ///
    /// - Parameters:
    ///   - state: Dead, waiting, delayed or blocked; or completed for what is kept of jobs that have ended.
    ///   - age: Only those that died, ended, or were pushed before that time ago.
    @discardableResult
    public func purge(_ state: JobState = .dead, olderThan age: Duration = .zero) async throws -> Int {
        try await withHandle { try $0.purge(state, nil, olderThan: age) }.count
    }

    private func missing(_ what: String) -> DistCoordError {
        DistCoordError(.notFound, "queue '\(name)': no \(what) is known")
    }
}
