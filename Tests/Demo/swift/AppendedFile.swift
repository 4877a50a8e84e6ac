// Appending to a file, which FoundationEssentials does not offer.

import Glibc

/// A file opened so that each write lands at its end, whoever else writes.
struct AppendedFile: ~Copyable {
    private let descriptor: Int32

    struct Failed: Error {
        let errno: Int32
    }

    init(_ path: String) throws {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw Failed(errno: errno) }
    }

    func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        if Glibc.write(descriptor, bytes, bytes.count) != bytes.count { throw Failed(errno: errno) }
    }

    deinit { close(descriptor) }
}
