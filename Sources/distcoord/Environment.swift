// The process's environment, read, and made for children.

// `environ` is a global variable of C; this program never changes its environment.
@preconcurrency import Glibc

enum Environment {
    static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The whole environment of the caller with some variables set, as `NAME=value`.
    static func forChild(_ variables: [(name: String, value: String)]) -> [String] {
        let replaced = Set(variables.map(\.name))
        var result: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if !replaced.contains(String(pair.prefix { $0 != "=" })) { result.append(pair) }
            entry += 1
        }
        return result + variables.map { "\($0.name)=\($0.value)" }
    }
}
