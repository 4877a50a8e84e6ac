// The folder of one attempt: what the step is given, and where it puts its result. Gone afterwards.

import DistCoord
import Glibc

/// Owns a temporary folder.
final class StepFolder {
    /// The library's limit; the client's own may be lower, which it says itself.
    private static let mostResultBytes = 64 * 1024 * 1024

    let path: String
    var result: String { path + "/result" }
    var inputs: String { path + "/inputs" }

    init() throws {
        let parent = Environment.value("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/distcoord-step-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw JobFailure("no folder in \(parent): \(String(cString: strerror(errno)))", type: "folder")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try Self.make(inputs)
    }

    deinit { Self.remove(path) }

    // MARK: Inputs

    /// A file for each need; for one that gives many results a folder of them, so named that the shell's order is
    /// theirs.
    func write(_ inputs: [StepInput]) throws {
        var folders: [String: Int] = [:]
        for input in inputs where input.isMany { folders[input.need, default: 0] += 1 }
        var places: [String: Int] = [:]
        for input in inputs {
            let need = self.inputs + "/" + Self.fileName(input.need)
            guard let count = folders[input.need] else {
                if input.state == .succeeded { try put(need, input.bytes) }
                continue
            }
            let place = places[input.need, default: 0]
            places[input.need] = place + 1
            try Self.make(need)
            guard input.state == .succeeded, !input.step.isEmpty else { continue }
            let isItem = input.step.hasPrefix(input.need + "[")
            let name = isItem ? Self.padded(place, to: count - 1) : Self.fileName(input.step)
            try put(need + "/" + name, input.bytes)
        }
    }

    /// Names are texts; files have no '/' in theirs, and two names are taken.
    private static func fileName(_ name: String) -> String {
        if name.isEmpty { return "_repeat" }
        if name == "." || name == ".." { return String(repeating: "_", count: name.count) }
        return String(name.map { $0 == "/" ? "_" : $0 })
    }

    private static func padded(_ number: Int, to last: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, String(last).count - digits.count)) + digits
    }

    private func put(_ path: String, _ bytes: [UInt8]) throws {
        if !SmallFile.write(path, bytes) {
            throw JobFailure("\(path): \(String(cString: strerror(errno)))", type: "folder")
        }
    }

    private static func make(_ path: String) throws {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw JobFailure("\(path): \(String(cString: strerror(errno)))", type: "folder")
        }
    }

    // MARK: Result

    /// What the step wrote; empty when it wrote nothing.
    func takeResult() throws -> [UInt8] {
        var status = stat()
        if stat(result, &status) != 0 { return [] }
        if status.st_size > Self.mostResultBytes {
            throw JobFailure("its result is too large; files of any size go as artifacts", type: "result", retry: false)
        }
        guard let bytes = SmallFile.read(result) else {
            throw JobFailure("its result: \(String(cString: strerror(errno)))", type: "result")
        }
        return bytes
    }

    // MARK: Directories of others

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes the directories that lead to a file.
    static func makeParents(of path: String) {
        var parent = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/").dropLast() {
            parent += "/" + part
            mkdir(parent, 0o777)
        }
    }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        var names: [String] = []
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { names.append(name) }
            }
            closedir(directory)
        }
        for name in names { remove(path + "/" + name) }
        rmdir(path)
    }
}
