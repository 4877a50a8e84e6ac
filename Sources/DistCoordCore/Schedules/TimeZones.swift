// Time zones by name, from the database of this machine.

import Glibc

/// A time zone of the IANA database.
struct TimeZone: Sendable {
    /// Nil for UTC, which needs no database.
    private let file: ZoneFile?

    /// Names of files are short.
    private static let nameLimit = 128
    /// The files have some kilobytes at most.
    private static let sizeLimit = 1 << 20

    /// Fails with a message that says why a name cannot be one of a time zone. Whether there is one is for `init`.
    static func check(_ name: String) throws(CoordinationError) {
        try Names.check(name, what: "time zone", limit: nameLimit)
        let isPlain = name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || "/_+-".utf8.contains($0)
        }
        // What would lead out of the database contains a dot, or an empty part.
        guard isPlain, name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty }) else {
            throw .invalid("'\(name)' is not the name of a time zone; they are like 'Europe/Berlin' and 'UTC'")
        }
    }

    /// Reads a time zone.
    init(_ name: String) throws(CoordinationError) {
        try TimeZone.check(name)
        if name == "UTC" || name == "Etc/UTC" {
            file = nil
            return
        }
        let folder = ProcessEnvironment["TZDIR"] ?? "/usr/share/zoneinfo"
        guard let bytes = TimeZone.read(folder + "/" + name) else {
            if access(folder, F_OK) != 0 {
                throw .invalid(
                    "this machine has no time zones, which '\(name)' is looked for among: there is no folder "
                        + "'\(folder)'; install the package tzdata, or set TZDIR to where they are")
            }
            throw .invalid(
                "there is no time zone '\(name)' in '\(folder)'; names are like 'Europe/Berlin' and 'UTC'. Some old "
                    + "ones are in the package tzdata-legacy")
        }
        guard let read = ZoneFile(bytes) else {
            throw .invalid("'\(folder)/\(name)' is not a time zone without leap seconds")
        }
        file = read
    }

    /// Whether it is UTC without having been looked up.
    var isUTC: Bool { file == nil }

    /// The offsets between two moments, in seconds since 1970.
    func offsets(from: Int, through: Int) -> ZoneOffsets {
        file?.offsets(from: from, through: through) ?? .utc
    }

    private static func read(_ path: String) -> [UInt8]? {
        // A pipe or a device would keep its reader waiting.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 8_192)
        while bytes.count < sizeLimit {
            let count = part.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                return nil
            }
            bytes += part[..<count]
        }
        return nil
    }
}
