// An address as a text for another process of the same user.

extension ServerAddress {
    /// A text that means this very address, with password and all, to `resolve` in a process with the same
    /// environment; nil when there is none. Not for logs.
    public var secretText: String? {
        let text: String? = tls?.serverName == nil ? urlText : stackExchangeText
        var meant = text.flatMap { try? ServerAddresses.resolve($0).members.first }
        meant?.nameSuffix = nameSuffix
        return meant == self ? text : nil
    }

    private var urlText: String {
        var credentials = ""
        if user != nil || password != nil {
            credentials = AddressText.encode(user ?? "", keeping: "")
            if let password { credentials += ":" + AddressText.encode(password, keeping: "") }
            credentials += "@"
        }
        var text: String
        switch endpoint {
        case .tcp(let host, let port):
            let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(AddressText.encode(host, keeping: ":"))]" : host
            text = "\(tls == nil ? "redis" : "rediss")://\(credentials)\(name):\(port)"
        case .unix(let path): text = "unix://\(credentials)\(AddressText.encode(path, keeping: "/"))"
        case .local(let name): text = "local:\(name)"
        }
        var parameters: [(String, String)] = []
        if database != 0 { parameters.append(("db", String(database))) }
        if let clientName { parameters.append(("client_name", clientName)) }
        if let file = tls?.caFile { parameters.append(("ssl_ca_certs", file)) }
        if let file = tls?.certFile { parameters.append(("ssl_certfile", file)) }
        if let file = tls?.keyFile { parameters.append(("ssl_keyfile", file)) }
        if tls?.verify == false { parameters.append(("ssl_cert_reqs", "none")) }
        for (index, parameter) in parameters.enumerated() {
            text += "\(index == 0 ? "?" : "&")\(parameter.0)=\(AddressText.encode(parameter.1, keeping: "/"))"
        }
        return text
    }

    /// The only form that can name the server in its certificate. What it cannot say, files of keys, is in the
    /// environment then.
    private var stackExchangeText: String? {
        guard case .tcp(let host, let port) = endpoint else { return nil }
        var text = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        if let user { text += ",user=\(user)" }
        if let password { text += ",password=\(password)" }
        if let name = tls?.serverName { text += ",ssl=true,sslHost=\(name)" }
        if database != 0 { text += ",defaultDatabase=\(database)" }
        if let clientName { text += ",name=\(clientName)" }
        return text
    }
}
