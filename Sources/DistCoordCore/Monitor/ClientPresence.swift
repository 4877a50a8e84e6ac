// Which clients are there: each names its connections, and CLIENT LIST tells the names. So it costs no operation
// anything, and ends with the client by itself.

import DistCoordRedis
import Glibc

/// The clients that have connections to the server, at one moment.
struct ClientPresence: Sendable {
    /// The process that a client lives in.
    struct Place: Sendable {
        let host: String
        let process: Int64
    }

    /// Nil when the server does not tell.
    private let places: [String: Place]?

    /// Ends the identity of a client whose connections have a name of its user's choice: it cannot be found by it.
    private static let unnamed = "-"

    /// An identity for a new client.
    static func identity(_ id: String, of address: ServerAddress) -> String {
        id + (address.clientName == nil ? "" : unnamed)
    }

    /// An identity as it is whatever the name of the connections.
    static func plainIdentity(_ id: String) -> Substring {
        id.hasSuffix(unnamed) ? id.dropLast(unnamed.count) : id[...]
    }

    /// What the names of a client's connections end with: ":<identity>:<process>@<host>".
    static func nameSuffix(client: String) -> String {
        // Names of connections are of visible ASCII characters.
        let host = ProcessEnvironment.host.utf8.map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "_") }
        return ":\(client):\(getpid())@\(String(decoding: host, as: UTF8.self))"
    }

    /// - Parameter reply: That of CLIENT LIST; nil or an error when the server does not permit it.
    init(_ reply: Reply?) {
        guard let reply, reply.error == nil else {
            places = nil
            return
        }
        var found: [String: Place] = [:]
        for line in reply.string.split(separator: "\n") {
            let name = line.split(separator: " ").first { $0.hasPrefix("name=distcoord-") }
            let parts = name?.split(separator: ":", maxSplits: 2) ?? []
            guard parts.count == 3 else { continue }
            found[String(parts[1])] = ClientPresence.place(parts[2])
        }
        places = found
    }

    private static func place(_ text: Substring) -> Place {
        let parts = text.split(separator: "@", maxSplits: 1)
        return Place(host: parts.count > 1 ? String(parts[1]) : "", process: parts.first.flatMap { Int64($0) } ?? 0)
    }

    /// Whether a client certainly has no connection.
    func isGone(_ client: String) -> Bool {
        guard let places, !client.hasSuffix(ClientPresence.unnamed) else { return false }
        return places[client] == nil
    }

    /// Where a client lives; a label as "user@host:process" says it, too.
    func place(of client: String, label: String) -> Place? {
        if let place = places?[client] { return place }
        guard let at = label.firstIndex(of: "@"), let colon = label.lastIndex(of: ":"), at < colon,
            let process = Int64(label[label.index(after: colon)...]), process > 0
        else { return nil }
        return Place(host: String(label[label.index(after: at)..<colon]), process: process)
    }
}
