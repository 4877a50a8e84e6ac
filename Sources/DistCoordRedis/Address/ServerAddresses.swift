// Which servers the user means: one, or several independent ones that decide by majority.

import Glibc

/// One server, or the members of a quorum.
public struct ServerAddresses: Sendable {
    /// One, or as many as a quorum may have; never none.
    public let members: [ServerAddress]

    /// Addresses as given; nothing is checked.
    public init(members: [ServerAddress]) {
        self.members = members
    }

    /// The only one, or the first of a quorum.
    public var first: ServerAddress { members.first ?? ServerAddresses.standard }

    /// The same with credentials that win over all others; unchanged without a password.
    public func with(user: String?, password: String?) -> ServerAddresses {
        guard let password else { return self }
        return ServerAddresses(
            members: members.map { member in
                var member = member
                member.user = user
                member.password = password
                return member
            })
    }

    /// Where a server is if nobody says where.
    private static var standard: ServerAddress { ServerAddress(endpoint: .tcp(host: "localhost", port: 6379)) }

    /// How many servers a quorum may have: with two, each of them would be needed.
    public static let quorumSizes = 3...64

    /// Whether several servers decide together.
    public var isQuorum: Bool { members.count > 1 }

    /// The servers that the user means: the given text, else `DISTCOORD_URL`, else `REDIS_URL`, else the default port
    /// of this machine; completed by what the environment says about credentials and TLS.
    public static func resolve(_ text: String?) throws(RedisError) -> ServerAddresses {
        try resolve(text) { name in getenv(name).map { String(cString: $0) } }
    }

    /// The same with an environment of the caller's choice. Variables that are empty count as not set.
    static func resolve(_ text: String?, environment: (String) -> String?) throws(RedisError) -> ServerAddresses {
        func variable(_ name: String) -> String? {
            environment(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        var addresses = ServerAddresses(members: [standard])
        if let text {
            addresses = try parse(text)
        } else if let name = ["DISTCOORD_URL", "REDIS_URL"].first(where: { variable($0) != nil }),
            let text = variable(name)
        {
            do throws(RedisError) {
                addresses = try parse(text)
            } catch {
                throw RedisError(error.code, "\(name): \(error.message)")
            }
        }
        var completed: [ServerAddress] = []
        for member in addresses.members { completed.append(try member.completed(variable)) }
        return ServerAddresses(members: completed)
    }

    /// Understands the URL or connection string of one server, or `quorum:` followed by those of several.
    static func parse(_ text: String) throws(RedisError) -> ServerAddresses {
        let prefix = "quorum:"
        guard text.utf8.count >= prefix.utf8.count,
            String(decoding: text.utf8.prefix(prefix.utf8.count), as: UTF8.self).lowercased() == prefix
        else { return ServerAddresses(members: [try ServerAddress.parse(text)]) }
        let pieces = Array(text.utf8.dropFirst(prefix.utf8.count))
            .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard quorumSizes.contains(pieces.count) else {
            throw AddressText.error(
                "a quorum has \(quorumSizes.lowerBound) to \(quorumSizes.upperBound) servers, this one \(pieces.count);"
                    + " expected quorum:URL,URL,URL")
        }
        try checkCommas(pieces)
        var members: [ServerAddress] = []
        for (index, piece) in pieces.enumerated() {
            let member: ServerAddress
            do throws(RedisError) {
                member = try ServerAddress.parse(AddressText.string(piece))
            } catch {
                throw RedisError(error.code, "server \(index + 1) of the quorum: \(error.message)")
            }
            if let twin = members.firstIndex(where: { $0.endpoint == member.endpoint }) {
                throw AddressText.error(
                    "servers \(twin + 1) and \(index + 1) of the quorum are the same; each must be one of its own"
                )
            }
            members.append(member)
        }
        return ServerAddresses(members: members)
    }

    /// Refuses pieces that a comma within a URL must have cut, without a word of them: they may be parts of a password.
    private static func checkCommas(_ pieces: [AddressText.Bytes]) throws(RedisError) {
        for (index, piece) in pieces.enumerated() {
            let text = AddressText.string(piece)
            let isURL = text.contains("://") || text.lowercased().hasPrefix("local:") || text.hasPrefix("unix:/")
            let isTail = !isURL && (text.contains("@") || text.contains("="))
            guard piece.isEmpty || isTail else { continue }
            throw AddressText.error(
                "server \(index + 1) of the quorum is no URL; a ',' stands between two URLs and nowhere else: in a"
                    + " user name, password, path or query it is written %2C")
        }
    }

    /// The URL as `parse` understands it, without passwords.
    public var description: String {
        let urls = members.map(\.description).joined(separator: ",")
        return isQuorum ? "quorum:" + urls : urls
    }
}

extension ServerAddress {
    /// The address with what it does not say itself taken from the environment.
    fileprivate func completed(_ variable: (String) -> String?) throws(RedisError) -> ServerAddress {
        var address = self
        // The private server has no password, and would refuse one that is meant for another server.
        if case .local = endpoint { return address }
        if address.password == nil {
            address.password = variable("REDIS_PASSWORD") ?? variable("REDISCLI_AUTH")
            if address.user == nil { address.user = variable("REDIS_USERNAME") }
        }
        if var tls = address.tls {
            if tls.caFile == nil { tls.caFile = variable("REDIS_CA_CERT") }
            if tls.certFile == nil, let file = variable("REDIS_CLIENT_CERT") {
                tls.certFile = file
                tls.keyFile = variable("REDIS_CLIENT_KEY")
            }
            if let text = variable("REDIS_INSECURE_TLS") {
                guard let insecure = AddressText.boolean(text) else {
                    throw AddressText.error("REDIS_INSECURE_TLS is '\(text)'; expected true or false")
                }
                if insecure { tls.verify = false }
            }
            address.tls = tls
        }
        return address
    }
}
