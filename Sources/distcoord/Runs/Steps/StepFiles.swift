// The artifacts of a step: fetched before it runs, published after it has succeeded.

import DistCoord
import Glibc

struct StepFiles {
    let run: BlockingRun
    /// Where the step runs; names of artifacts are paths from there.
    let directory: String?

    private func path(_ name: String) -> String {
        guard let directory, !name.hasPrefix("/") else { return name }
        return directory + "/" + name
    }

    private static func isPattern(_ name: String) -> Bool { name.utf8.contains { "*?[".utf8.contains($0) } }

    // MARK: Fetching

    func fetch(_ names: [String]) throws {
        var known: [String]?
        for name in names {
            if !Self.isPattern(name) {
                try fetch(name)
                continue
            }
            let all = try known ?? run.artifacts().map(\.name)
            known = all
            // As in the shell, '*' and '?' stand for no '/' and for no dot that leads, so that none leads upwards.
            let matching = all.filter { fnmatch(name, $0, FNM_PATHNAME | FNM_PERIOD) == 0 }
            if matching.isEmpty { throw JobFailure("there is no artifact like '\(name)'", type: "artifact") }
            for name in matching { try fetch(name) }
        }
    }

    private func fetch(_ name: String) throws {
        let place = path(name)
        StepFolder.makeParents(of: place)
        if try run.fetch(name, path: place) != .ok {
            throw JobFailure("there is no artifact '\(name)'", type: "artifact")
        }
    }

    // MARK: Publishing

    func publish(_ names: [String]) throws {
        for name in names {
            for found in try Self.isPattern(name) ? matches(name) : [name] {
                if try run.publish(found, path: path(found)) != .ok {
                    throw JobFailure("artifact '\(found)': the run is no longer known", type: "artifact", retry: false)
                }
            }
        }
    }

    /// Files that the pattern stands for, as paths from the step's directory.
    private func matches(_ pattern: String) throws -> [String] {
        let base = directory.map { $0 + "/" } ?? ""
        var found = glob_t()
        defer { globfree(&found) }
        // What the directory itself is called is no pattern.
        let whole = pattern.hasPrefix("/") ? pattern : Self.quoted(base) + pattern
        guard glob(whole, 0, nil, &found) == 0 else {
            throw JobFailure("artifacts: there is no file like '\(pattern)'", type: "artifact")
        }
        var paths: [String] = []
        for index in 0..<Int(found.gl_pathc) {
            guard let path = found.gl_pathv[index].map({ String(cString: $0) }) else { continue }
            if StepFolder.isDirectory(path) { continue }
            paths.append(pattern.hasPrefix("/") ? path : String(path.dropFirst(base.count)))
        }
        return paths
    }

    private static func quoted(_ text: String) -> String {
        String(text.flatMap { "*?[\\".contains($0) ? ["\\", $0] : [$0] })
    }
}
