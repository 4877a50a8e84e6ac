// Connection strings as StackExchange.Redis writes them: host:port,password=...,ssl=true,...

/// The parser of StackExchange.Redis' connection strings.
enum StackExchangeString {
    /// Options that have a meaning here, in the spelling for messages.
    private static let used = ["password", "user", "ssl", "sslHost", "defaultDatabase", "name"]
    /// Options of that library's inner workings: they are accepted, and change nothing here.
    private static let ignored = [
        "abortConnect", "allowAdmin", "asyncTimeout", "channelPrefix", "checkCertificateRevocation", "configChannel",
        "configCheckSeconds", "connectRetry", "connectTimeout", "heartbeatConsistencyChecks", "heartbeatInterval",
        "highIntegrity", "includeDetailInExceptions", "includePerformanceCountersInExceptions", "keepAlive",
        "preserveAsyncOrder", "protocol", "resolveDns", "responseTimeout", "setClientLibrary", "sslProtocols",
        "syncTimeout",
        "tieBreaker", "version", "writeBuffer",
    ]
    /// Options that lead to another server than the one that is named: ignoring them would be wrong.
    private static let refused = [
        "serviceName": "finding a server through Sentinel", "proxy": "a proxy", "tunnel": "a tunnel",
    ]

    static func parse(_ bytes: AddressText.Bytes) throws(RedisError) -> ServerAddress {
        var options = Options()
        var endpoint: AddressText.Bytes?
        for part in bytes.split(separator: UInt8(ascii: ",")) {
            let piece = trimmed(part)
            if piece.isEmpty { continue }
            let (name, value) = AddressText.split(piece, at: "=")
            if let value {
                try options.set(AddressText.string(trimmed(name)), to: AddressText.string(trimmed(value)))
            } else if endpoint != nil {
                throw AddressText.error(
                    options.password == nil
                        ? "the address names several servers; one is supported"
                        : "a part without '=' follows the password; one server is supported, and a ',' cannot be part of a"
                            + " password in this form, but it can in redis://:password@host as %2C")
            } else {
                endpoint = piece
            }
        }
        guard let endpoint else {
            throw AddressText.error(
                "the address names no server; expected host:port,password=... or a URL such as redis://host:6379")
        }
        var address = ServerAddress(
            endpoint: .tcp(host: "localhost", port: 6379), user: options.user, password: options.password,
            database: options.database, clientName: options.name)
        if endpoint.first == UInt8(ascii: "!") {
            guard !options.ssl else { throw AddressText.error("ssl=true is of no use on a unix socket; leave it out") }
            address.endpoint = .unix(path: try AddressText.socketPath(AddressText.string(endpoint.dropFirst())))
            return address
        }
        // A URL whose scheme was forgotten: the text before '@' may be a password.
        guard !endpoint.contains(UInt8(ascii: "@")) else {
            throw AddressText.error(
                "the address has an '@' but no scheme; expected redis://[[user]:password@]host[:port][/db] or"
                    + " host:port,user=...,password=...")
        }
        let (host, port) = try hostAndPort(endpoint)
        address.endpoint = .tcp(host: host, port: port ?? (options.ssl ? 6380 : 6379))
        if options.ssl { address.tls = ServerAddress.TLSSettings(serverName: options.sslHost) }
        return address
    }

    private static func hostAndPort(_ endpoint: AddressText.Bytes) throws(RedisError) -> (host: String, port: UInt16?) {
        do throws(RedisError) {
            return try AddressText.hostAndPort(endpoint)
        } catch {
            throw AddressText.error("\(error.message); or a URL: \(AddressText.knownForms)")
        }
    }

    private static func trimmed(_ bytes: AddressText.Bytes) -> AddressText.Bytes {
        let space = UInt8(ascii: " ")
        var rest = bytes.drop { $0 == space }
        while rest.last == space { rest = rest.dropLast() }
        return rest
    }

    private struct Options {
        var password: String?
        var user: String?
        var ssl = false
        var sslHost: String?
        var database = 0
        var name: String?

        mutating func set(_ option: String, to value: String) throws(RedisError) {
            let text = value.isEmpty ? nil : value
            switch option.lowercased() {
            case "password": password = text
            case "user": user = text
            case "name": name = text
            case "sslhost": sslHost = text
            case "defaultdatabase": database = try AddressText.database(Array(value.utf8)[...])
            case "ssl":
                guard let flag = AddressText.boolean(value) else {
                    throw AddressText.error("ssl is '\(value)'; expected true or false")
                }
                ssl = flag
            case let other:
                if StackExchangeString.ignored.contains(where: { $0.lowercased() == other }) { return }
                if let (known, meaning) = StackExchangeString.refused.first(where: { $0.key.lowercased() == other }) {
                    if other == "proxy", value.lowercased() == "none" || value.isEmpty { return }
                    throw AddressText.error("the option \(known) asks for \(meaning), which is not supported")
                }
                if option.hasPrefix("$") {
                    throw AddressText.error("the option \(option) renames a command, which is not supported")
                }
                // After a password with a ',' in it, what looks like an option is the password's tail.
                let subject =
                    password == nil ? "unknown option '\(option)'" : "there is an unknown option after the password"
                let known = (StackExchangeString.used + StackExchangeString.ignored).joined(separator: ", ")
                throw AddressText.error("\(subject); known are \(known)")
            }
        }
    }
}
