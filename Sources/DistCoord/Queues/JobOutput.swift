// What a handler returns.

/// What a handler may return as the result of a job: bytes, or a text in UTF-8.
public protocol JobOutput: Sendable {
    /// The result's bytes.
    var resultBytes: [UInt8] { get }
}

extension Array: JobOutput where Element == UInt8 {
    /// The bytes themselves.
    public var resultBytes: [UInt8] { self }
}

extension String: JobOutput {
    /// The text in UTF-8.
    public var resultBytes: [UInt8] { Array(utf8) }
}
