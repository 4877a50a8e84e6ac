// The file that is fetched. It is written beside its place and put there when it is whole: whoever looks sees the old
// one or the new one, and no part of one.

import DistCoordRedis
import Glibc

/// A file that is written piece by piece.
final class TargetFile {
    private let path: String
    private let partialPath: String
    private var descriptor: Int32
    private var digest = SHA256()

    /// Makes an empty file beside its place.
    init(_ path: String) throws(CoordinationError) {
        guard !path.isEmpty else { throw .invalid("the path of the file to be fetched is empty") }
        self.path = path
        var status = stat()
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
            throw .invalid("cannot write the file '\(path)': there is a folder of that name")
        }
        partialPath = TargetFile.partialPath(beside: path)
        descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0o600)
        if descriptor < 0 {
            throw TargetFile.unwritable(path, errno)
        }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(partialPath)
        }
    }

    /// A name that nobody else uses; short, because the name of the file may be as long as the file system allows.
    private static func partialPath(beside path: String) -> String {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return folder + ".\(Identifiers.make()).partial"
    }

    /// Appends a piece as it came from the server; false when it is not one of that length.
    func append(_ reply: Reply, _ number: Int, of artifact: Artifact) throws(CoordinationError) -> Bool {
        let full = ArtifactCalls.pieceLength
        let length = number < artifact.pieces - 1 ? full : Int(artifact.size) - number * full
        // Not within `withBytes`, which loses the type of what is thrown.
        let failure = reply.withBytes { bytes -> (isPiece: Bool, number: Int32) in
            bytes.count == length ? (true, append(bytes)) : (false, 0)
        }
        guard failure.number == 0 else { throw TargetFile.unwritable(path, failure.number) }
        return failure.isPiece
    }

    /// Returns an errno number, or 0.
    private func append(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
        digest.update(UnsafeRawBufferPointer(bytes))
        var written = 0
        while written < bytes.count, let start = bytes.baseAddress {
            let count = write(descriptor, start + written, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : ENOSPC }
            written += count
        }
        return 0
    }

    /// Begins again.
    func clear() throws(CoordinationError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw TargetFile.unwritable(path, errno)
        }
        digest = SHA256()
    }

    /// Puts the file in its place.
    func finish(_ artifact: Artifact) throws(CoordinationError) {
        guard digest.finish() == artifact.sha256 else {
            throw CoordinationError(
                .serverError,
                "artifact '\(artifact.name)' on the server is not what was published: its SHA-256 is another one")
        }
        guard fchmod(descriptor, artifact.mode) == 0 else { throw TargetFile.unwritable(path, errno) }
        // Some file systems tell only now that they are full.
        let answer = close(descriptor)
        descriptor = -1
        guard answer == 0 || errno == EINTR, rename(partialPath, path) == 0 else {
            let number = errno
            unlink(partialPath)
            throw TargetFile.unwritable(path, number)
        }
    }

    private static func unwritable(_ path: String, _ number: Int32) -> CoordinationError {
        .invalid("cannot write the file '\(path)': \(SystemMessage.text(number))")
    }
}
