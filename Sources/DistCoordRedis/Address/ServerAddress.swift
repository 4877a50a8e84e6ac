// Where a server is and how to log in: the meaning of every URL and connection string that the library understands.

import Glibc

/// A server's address with everything a connection needs.
public struct ServerAddress: Sendable, Hashable {
    /// The place itself.
    public enum Endpoint: Sendable, Hashable {
        /// A host name or IP address (without brackets) and a port.
        case tcp(host: String, port: UInt16)
        /// A unix socket's absolute path.
        case unix(path: String)
        /// The private server of this user with this name; see `LocalServer`.
        case local(name: String)
    }

    /// How to speak TLS.
    public struct TLSSettings: Sendable, Hashable {
        /// The name that the certificate must carry; nil for the host of the endpoint.
        public var serverName: String?
        /// Whether the certificate is checked at all.
        public var verify: Bool
        /// File (or folder, as c_rehash makes it) of the authorities to trust; nil for those of the system.
        public var caFile: String?
        /// PEM file of the client's certificate chain.
        public var certFile: String?
        /// PEM file of the client's private key; nil when `certFile` has it.
        public var keyFile: String?

        /// The system's authorities and no client certificate, unless told otherwise.
        public init(
            serverName: String? = nil, verify: Bool = true, caFile: String? = nil, certFile: String? = nil,
            keyFile: String? = nil
        ) {
            self.serverName = serverName
            self.verify = verify
            self.caFile = caFile
            self.certFile = certFile
            self.keyFile = keyFile
        }
    }

    /// Where the server is.
    public var endpoint: Endpoint
    /// Nil for the server's default user.
    public var user: String?
    /// Nil for none.
    public var password: String?
    /// 0 to 1 000 000.
    public var database: Int
    /// What `CLIENT LIST` is to call the connections; nil for a name of the library's choice.
    public var clientName: String?
    /// Nil for no TLS.
    public var tls: TLSSettings?
    /// What follows the role of a connection in a name of the library's choice.
    public var nameSuffix = ""

    /// An address as the arguments say; nothing is checked.
    public init(
        endpoint: Endpoint, user: String? = nil, password: String? = nil, database: Int = 0, clientName: String? = nil,
        tls: TLSSettings? = nil
    ) {
        self.endpoint = endpoint
        self.user = user
        self.password = password
        self.database = database
        self.clientName = clientName
        self.tls = tls
    }

    /// The largest database number that is understood.
    public static let highestDatabase = 1_000_000
    /// The longest path that fits into a sockaddr_un with its terminating zero.
    public static let longestSocketPath = 107

    /// Understands a URL or a StackExchange.Redis connection string.
    ///
    /// Messages of errors name the part that is wrong. They repeat its text only where no mistake in writing the rest can
    /// have made it part of a password.
    public static func parse(_ text: String) throws(RedisError) -> ServerAddress {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else {
            throw AddressText.error("the address is empty; expected one of \(AddressText.knownForms)")
        }
        guard bytes.count <= 8_192 else { throw AddressText.error("the address is longer than 8192 bytes") }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw AddressText.error(
                "the address has a control character in it (a line break at its end?); in a user name, password or path it is"
                    + " written as %0A and the like")
        }
        if let url = try URLText(bytes) { return try url.address() }
        return try StackExchangeString.parse(bytes[...])
    }

    /// The server's URL as `parse` understands it, without client name and TLS settings; instead of a password it has `***`.
    public var description: String {
        var credentials = ""
        if user != nil || password != nil {
            credentials = AddressText.encode(user ?? "", keeping: "") + (password == nil ? "" : ":***") + "@"
        }
        switch endpoint {
        case .tcp(let host, let port):
            let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(AddressText.encode(host, keeping: ":"))]" : host
            let path = database == 0 ? "" : "/\(database)"
            return "\(tls == nil ? "redis" : "rediss")://\(credentials)\(name):\(port)\(path)"
        case .unix(let path):
            return
                "unix://\(credentials)\(AddressText.encode(path, keeping: "/"))\(database == 0 ? "" : "?db=\(database)")"
        case .local(let name):
            return "local:\(name)\(database == 0 ? "" : "?db=\(database)")"
        }
    }
}

extension ServerAddress: CustomStringConvertible, CustomReflectable {
    /// Keeps the password out of dumps and test failures too.
    public var customMirror: Mirror {
        Mirror(self, children: ["url": description])
    }
}
