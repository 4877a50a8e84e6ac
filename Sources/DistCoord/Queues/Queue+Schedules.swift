// Recurring jobs of a queue.

extension Queue {
    /// Sets a schedule: at each tick one job is pushed, exactly one however many programs look. It belongs to the queue
    /// on the server, and ticks as long as anybody claims from the queue or waits to. Setting what is set already
    /// changes nothing, so every instance of a program may do it when it starts.
    ///
    /// - Parameters:
    ///   - name: The schedule's name in the queue.
    ///   - schedule: When.
    ///   - payload: The jobs' bytes, at most 65 536.
    ///   - options: Options of the jobs. Not the id (a job's is `<name>@<tick in ms>`), a delay, a time, a unique key,
    ///     dependencies, a batch.
    public func schedule(
        _ name: String, _ schedule: Schedule, payload: [UInt8], options: PushOptions = PushOptions()
    ) async throws {
        try await withHandle { try $0.setSchedule(name, schedule, payload, options) }
    }

    /// Sets a schedule of jobs whose payload is the text in UTF-8.
    public func schedule(
        _ name: String, _ schedule: Schedule, payload: String, options: PushOptions = PushOptions()
    ) async throws {
        try await self.schedule(name, schedule, payload: Array(payload.utf8), options: options)
    }

    /// Sets a schedule of jobs of a kind of their own: the value in JSON under the task name of its type.
    public func schedule(
        _ name: String, _ schedule: Schedule, payload: some JobPayload, options: PushOptions = PushOptions()
    ) async throws {
        try await self.schedule(
            name, schedule, payload: JSON.encode(payload), options: options.named(type(of: payload).task))
    }

    /// Ends a schedule; jobs that it has pushed stay. Gives whether there was one of that name.
    @discardableResult
    public func unschedule(_ name: String) async throws -> Bool {
        try await withHandle { try $0.removeSchedule(name) } == .ok
    }

    /// The schedules by their next tick.
    public func schedules() async throws -> [ScheduleInfo] { try await withHandle { try $0.schedules() } }
}
