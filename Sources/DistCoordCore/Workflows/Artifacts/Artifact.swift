// What is known of an artifact, and what a file has in it.

/// What was read of a file.
struct FileContent: Sendable {
    var size: Int64 = 0
    /// Permission bits.
    let mode: UInt32
    var pieces = 0
    /// In hexadecimal digits.
    var sha256 = ""
}

/// A file that belongs to a run.
public struct Artifact: Sendable {
    public let name: String
    /// In bytes.
    public let size: Int64
    /// In hexadecimal digits.
    public let sha256: String
    /// When it was published, by the server's clock.
    public let publishedMilliseconds: Int64
    /// Permission bits.
    let mode: UInt32
    let pieces: Int
    /// Under which its pieces are kept.
    let upload: String

    /// Longest name, in bytes, and largest file.
    static let nameLimit = 512
    static let sizeLimit: Int64 = 256 << 20

    static func check(name: String) throws(CoordinationError) {
        try Names.check(name, what: "artifact's name", limit: nameLimit)
    }

    /// What artifact_keys.lua lays out; nil for anything else.
    init?(name: String, packed: String) {
        let words = packed.split(separator: " ")
        guard words.count == 6, let size = Int64(words[0]), (0...Artifact.sizeLimit).contains(size),
            let mode = UInt32(words[1]), let published = Int64(words[2]), let pieces = Int(words[3]),
            Int64(pieces) == (size + Int64(ArtifactCalls.pieceLength) - 1) / Int64(ArtifactCalls.pieceLength)
        else { return nil }
        self.name = name
        self.size = size
        self.mode = mode & 0o777
        publishedMilliseconds = published
        self.pieces = pieces
        sha256 = String(words[4])
        upload = String(words[5])
    }
}
