// Jobs as types.

/// What a kind of job is about: a value that travels as JSON, and the task name under which workers know what to do.
///
/// ```swift
/// struct Resize: JobPayload {
///     static let task = "resize"
///     var path: String
///     var width = 200
/// }
///
/// try await client.queue("images").push(Resize(path: "a.jpg"))
///
/// let worker = try client.worker("images")
/// worker.register(Resize.self) { resize, job in try await shrink(resize.path, to: resize.width) }
/// ```
///
/// Workers of other languages read the same JSON under the same name.
public protocol JobPayload: Codable, Sendable {
    /// The task name, at most 255 bytes. The name of the type, unless told otherwise.
    static var task: String { get }
}

extension JobPayload {
    /// The name of the type.
    public static var task: String { String(describing: Self.self) }
}

extension PushOptions {
    /// With a task name, unless these have one.
    func named(_ task: String) -> PushOptions {
        var options = self
        if options.task.isEmpty { options.task = task }
        return options
    }
}
