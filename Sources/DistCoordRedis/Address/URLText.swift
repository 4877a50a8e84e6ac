// URLs: redis, rediss, the three spellings of a unix socket's, and local.

/// A text that is a URL, cut into its parts.
struct URLText {
    private enum Scheme { case redis, rediss, unix, local }

    private let scheme: Scheme
    private let authority: AddressText.Bytes
    private let path: AddressText.Bytes
    private let query: AddressText.Bytes?
    private let hasFragment: Bool

    /// Nil for a text that does not begin like a URL.
    init?(_ bytes: [UInt8]) throws(RedisError) {
        let whole = bytes[...]
        if let (name, rest) = URLText.cut(whole, after: "://"), name.allSatisfy(URLText.isSchemeByte) {
            switch AddressText.string(name).lowercased() {
            case "redis": scheme = .redis
            case "rediss": scheme = .rediss
            case "unix", "redis-socket", "redis+unix": scheme = .unix
            default:
                throw AddressText.error(
                    "unknown scheme '\(AddressText.string(name))://'; expected one of \(AddressText.knownForms)")
            }
            let end = rest.firstIndex(where: URLText.endsAuthority) ?? rest.endIndex
            authority = rest[..<end]
            (path, query, hasFragment) = URLText.cutPath(rest[end...])
        } else if let (name, rest) = URLText.cut(whole, after: ":"), AddressText.string(name).lowercased() == "local" {
            scheme = .local
            authority = []
            (path, query, hasFragment) = URLText.cutPath(rest)
        } else if let (name, rest) = URLText.cut(whole, after: ":"), AddressText.string(name).lowercased() == "unix",
            rest.first == UInt8(ascii: "/")
        {
            scheme = .unix
            authority = []
            (path, query, hasFragment) = URLText.cutPath(rest)
        } else {
            return nil
        }
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        AddressText.isNameByte(byte) || byte == UInt8(ascii: "+")
    }

    private static func cut(
        _ bytes: AddressText.Bytes, after separator: String
    ) -> (before: AddressText.Bytes, after: AddressText.Bytes)? {
        var rest = bytes
        while !rest.isEmpty {
            if rest.starts(with: separator.utf8) {
                return (bytes[..<rest.startIndex], rest.dropFirst(separator.utf8.count))
            }
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func cutPath(
        _ bytes: AddressText.Bytes
    ) -> (path: AddressText.Bytes, query: AddressText.Bytes?, hasFragment: Bool) {
        let (before, fragment) = AddressText.split(bytes, at: "#")
        let (path, query) = AddressText.split(before, at: "?")
        return (path, query, fragment != nil)
    }

    /// What the URL means.
    func address() throws(RedisError) -> ServerAddress {
        do throws(RedisError) {
            return try interpret()
        } catch {
            // A password with an unencoded '/', '?' or '#' ends the authority too early; its tail is then taken for a path or
            // a query, and must not be repeated in a message.
            let at = UInt8(ascii: "@")
            guard path.contains(at) || (query?.contains(at) ?? false) || (hasFragment && !authority.contains(at)) else {
                throw error
            }
            throw AddressText.error(
                "the URL cannot be understood; if '/', '?' or '#' is part of the user name or password, write it as %2F, %3F or"
                    + " %23; expected redis://[[user]:password@]host[:port][/db]")
        }
    }

    private func interpret() throws(RedisError) -> ServerAddress {
        guard !hasFragment else {
            throw AddressText.error("the URL has a '#'; in a user name, password or path it is written %23")
        }
        var address = ServerAddress(endpoint: .local(name: "default"))
        var hostText = authority
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            hostText = authority[at...].dropFirst()
            let (user, password) = AddressText.split(authority[..<at], at: ":")
            let userText = try AddressText.decode(user, part: "user name")
            if !userText.isEmpty { address.user = userText }
            if let password {
                let passwordText = try AddressText.decode(password, part: "password")
                if !passwordText.isEmpty { address.password = passwordText }
            }
        }
        var pathDatabase: Int?
        switch scheme {
        case .redis, .rediss:
            let (host, port) = try AddressText.hostAndPort(hostText)
            address.endpoint = .tcp(host: host, port: port ?? 6379)
            if scheme == .rediss { address.tls = ServerAddress.TLSSettings() }
            let number = path.dropFirst()
            if !number.isEmpty { pathDatabase = try AddressText.database(number) }
        case .unix:
            guard hostText.isEmpty else {
                throw AddressText.error(
                    "a unix socket's URL has no host; expected three slashes, as in unix:///path/to/socket")
            }
            address.endpoint = .unix(path: try AddressText.socketPath(AddressText.decode(path, part: "path")))
        case .local:
            address.endpoint = .local(name: try AddressText.localName(path))
        }
        let parameters = try URLParameters(query ?? [])
        if let database = parameters.database {
            if let pathDatabase, pathDatabase != database {
                throw AddressText.error(
                    "the URL names two databases, \(pathDatabase) in its path and \(database) as db=; leave one out")
            }
            address.database = database
        } else {
            address.database = pathDatabase ?? 0
        }
        address.clientName = parameters.clientName
        if parameters.mentionsTLS {
            guard var tls = address.tls else {
                throw AddressText.error(
                    "the URL has ssl_... parameters but no TLS; expected rediss:// instead of redis://")
            }
            try parameters.apply(to: &tls)
            address.tls = tls
        }
        return address
    }
}

/// What may follow the '?'.
private struct URLParameters {
    private static let known = ["db", "client_name", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs"]

    private var values: [String: String] = [:]
    let database: Int?

    init(_ query: AddressText.Bytes) throws(RedisError) {
        for piece in query.split(separator: UInt8(ascii: "&")) {
            let (nameBytes, valueBytes) = AddressText.split(piece, at: "=")
            let name = try AddressText.decode(nameBytes, part: "query")
            guard URLParameters.known.contains(name) else {
                throw AddressText.error(
                    "unknown query parameter '\(name)'; known are \(URLParameters.known.joined(separator: ", "))")
            }
            guard let valueBytes, !valueBytes.isEmpty else {
                throw AddressText.error("the query parameter \(name) has no value; expected \(name)=...")
            }
            let value = try AddressText.decode(valueBytes, part: "query parameter \(name)")
            guard values.updateValue(value, forKey: name) == nil else {
                throw AddressText.error("the query parameter \(name) is given twice; leave one out")
            }
        }
        if let text = values["db"] {
            database = try AddressText.database(Array(text.utf8)[...])
        } else {
            database = nil
        }
    }

    var clientName: String? { values["client_name"] }

    var mentionsTLS: Bool { values.keys.contains { $0.hasPrefix("ssl_") } }

    func apply(to tls: inout ServerAddress.TLSSettings) throws(RedisError) {
        tls.caFile = values["ssl_ca_certs"]
        tls.certFile = values["ssl_certfile"]
        tls.keyFile = values["ssl_keyfile"]
        guard tls.keyFile == nil || tls.certFile != nil else {
            throw AddressText.error(
                "ssl_keyfile is given without ssl_certfile; a key is of no use without its certificate")
        }
        switch values["ssl_cert_reqs"] {
        case nil, "required": break
        case "none": tls.verify = false
        case .some(let value): throw AddressText.error("ssl_cert_reqs is '\(value)'; expected required or none")
        }
    }
}
