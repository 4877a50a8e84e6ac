// Files that belong to a run.

/// Small files that belong to a run: one step publishes them, later ones fetch them, on whatever machine. They are
/// forgotten with their run.
///
/// ```swift
/// try await context.run.artifacts.publish("app.tar", from: "build/app.tar")
/// try await context.run.artifacts.fetch("app.tar", to: "/tmp/app.tar")
/// ```
public struct Artifacts: Sendable {
    let run: WorkflowRun

    /// Publishes a file, which others see at once when all of it is there; a name again replaces it.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/invalidArgument`` when the file cannot be read.
    ///
    /// - Parameters:
    ///   - name: Its name, 1 to 512 bytes without control characters.
    ///   - path: The file, of at most 256 MiB; its permission bits come along.
    public func publish(_ name: String, from path: String) async throws {
        let answer = try await run.waiting { try $0.publish(name, path: path) }
        if answer != .ok { throw run.missing(answer) }
    }

    /// Fetches a file, checks it against its SHA-256, and puts it in its place when it is whole; one that is there is
    /// replaced.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/notFound`` when there is no such artifact.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - path: Where to put it; the directory must be there.
    public func fetch(_ name: String, to path: String) async throws {
        switch try await run.waiting({ try $0.fetch(name, path: path) }) {
        case .ok: return
        case .notFound: throw DistCoordError(.notFound, "run '\(run.id)' has no artifact '\(name)'")
        case let answer: throw run.missing(answer)
        }
    }

    /// Those that there are, by name.
    public func list() async throws -> [ArtifactInfo] { try await run.waiting { try $0.artifacts() } }
}
