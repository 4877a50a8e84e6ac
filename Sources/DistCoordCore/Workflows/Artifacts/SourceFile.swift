// The file that is published. It may be written to meanwhile: what is published is either all of it as it was at one
// time, or nothing.

import DistCoordRedis
import Glibc

/// A file that is read piece by piece.
final class SourceFile {
    private let path: String
    private let descriptor: Int32
    private let before: stat

    /// Opens a file that is small enough.
    init(_ path: String) throws(CoordinationError) {
        self.path = path
        // Not to wait for who writes to a pipe of that name, which is refused below.
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard opened >= 0 else { throw SourceFile.unreadable(path, SystemMessage.text(errno)) }
        descriptor = opened
        var status = stat()
        let answer = fstat(opened, &status)
        before = status
        guard answer == 0 else { throw SourceFile.unreadable(path, SystemMessage.text(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SourceFile.unreadable(path, "it is no regular file; pack a folder into one")
        }
        guard status.st_size <= Artifact.sizeLimit else { throw SourceFile.tooLarge(path) }
    }

    deinit {
        close(descriptor)
    }

    /// Reads to the end, and tells each piece.
    ///
    /// - Parameter send: Told the number of the piece from 0, and its bytes; false to stop.
    /// - Returns: What was read; nil when it was to stop.
    func read(
        _ send: (Int, UnsafeBufferPointer<UInt8>) throws(CoordinationError) -> Bool
    ) throws(CoordinationError) -> FileContent? {
        var content = FileContent(mode: UInt32(before.st_mode) & 0o777)
        var digest = SHA256()
        let piece = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: ArtifactCalls.pieceLength)
        defer { piece.deallocate() }
        while true {
            let count = try fill(piece)
            if count == 0 { break }
            content.size += Int64(count)
            guard content.size <= Artifact.sizeLimit else { throw SourceFile.tooLarge(path) }
            let bytes = UnsafeBufferPointer(rebasing: piece[..<count])
            digest.update(UnsafeRawBufferPointer(bytes))
            guard try send(content.pieces, bytes) else { return nil }
            content.pieces += 1
            if count < piece.count { break }
        }
        var after = stat()
        guard fstat(descriptor, &after) == 0, after.st_size == content.size, after.st_size == before.st_size,
            after.st_mtim.tv_sec == before.st_mtim.tv_sec, after.st_mtim.tv_nsec == before.st_mtim.tv_nsec
        else {
            throw SourceFile.unreadable(path, "it was changed meanwhile; publish it when it is complete")
        }
        content.sha256 = digest.finish()
        return content
    }

    /// Reads until the buffer is full or the file ends.
    private func fill(_ piece: UnsafeMutableBufferPointer<UInt8>) throws(CoordinationError) -> Int {
        var filled = 0
        while filled < piece.count, let start = piece.baseAddress {
            let count = Glibc.read(descriptor, start + filled, piece.count - filled)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SourceFile.unreadable(path, SystemMessage.text(errno)) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    private static func unreadable(_ path: String, _ reason: String) -> CoordinationError {
        .invalid("cannot publish the file '\(path)': \(reason)")
    }

    private static func tooLarge(_ path: String) -> CoordinationError {
        CoordinationError(
            .tooLarge,
            "the file '\(path)' is larger than \(Artifact.sizeLimit >> 20) MiB; "
                + "put it on a file server and publish its address")
    }
}
