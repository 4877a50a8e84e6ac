// The programs that a private server needs, and what they are told of the host's surroundings.

import Glibc

/// Programs of this machine, found through an environment.
struct Programs {
    private let environment: LocalServerEnvironment
    private let searchPath: [String]

    init(_ environment: LocalServerEnvironment) {
        self.environment = environment
        var folders = (environment.variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(
            String.init
        )
        .filter { $0.utf8.first == UInt8(ascii: "/") }
        // Where systems keep servers, which the PATH of users often leaves out.
        for folder in ["/usr/local/sbin", "/usr/sbin"] where !folders.contains(folder) { folders.append(folder) }
        searchPath = folders
    }

    /// The path of a program, or nil.
    func find(_ name: String) -> String? {
        searchPath.lazy.map { "\($0)/\(name)" }.first { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
        }
    }

    /// Only what programs need to be found and loaded: a library that the host has preloaded has no business in the server.
    var minimalEnvironment: [String] {
        var result = ["PATH=\(searchPath.joined(separator: ":"))", "LC_ALL=C"]
        for name in ["HOME", "LD_LIBRARY_PATH"] {
            if let value = environment.variable(name) { result.append("\(name)=\(value)") }
        }
        return result
    }
}
