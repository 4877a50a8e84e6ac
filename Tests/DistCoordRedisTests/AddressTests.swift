// Every form of an address, and every way to get one wrong.

import Testing

@testable import DistCoordRedis

@Suite("Addresses")
struct AddressTests {
    struct Form: Sendable, CustomTestStringConvertible {
        let text: String
        let address: ServerAddress
        /// As `description` writes it.
        let url: String

        init(_ text: String, _ address: ServerAddress, _ url: String) {
            self.text = text
            self.address = address
            self.url = url
        }

        var testDescription: String { text }
    }

    private static func tcp(
        _ host: String = "localhost", _ port: UInt16 = 6379, user: String? = nil, password: String? = nil,
        database: Int = 0,
        name: String? = nil, tls: ServerAddress.TLSSettings? = nil
    ) -> ServerAddress {
        ServerAddress(
            endpoint: .tcp(host: host, port: port), user: user, password: password, database: database,
            clientName: name, tls: tls)
    }

    private static func unix(_ path: String, user: String? = nil, password: String? = nil, database: Int = 0)
        -> ServerAddress
    {
        ServerAddress(endpoint: .unix(path: path), user: user, password: password, database: database)
    }

    private static func local(_ name: String, database: Int = 0) -> ServerAddress {
        ServerAddress(endpoint: .local(name: name), database: database)
    }

    static let forms: [Form] = [
        Form("redis://", tcp(), "redis://localhost:6379"),
        Form("redis:///", tcp(), "redis://localhost:6379"),
        Form("redis:///3", tcp(database: 3), "redis://localhost:6379/3"),
        Form("redis://:7000", tcp("localhost", 7000), "redis://localhost:7000"),
        Form("redis://h", tcp("h"), "redis://h:6379"),
        Form("REDIS://Example.org:1", tcp("Example.org", 1), "redis://Example.org:1"),
        Form("redis://h:65535/1000000", tcp("h", 65535, database: 1_000_000), "redis://h:65535/1000000"),
        Form("redis://h:/", tcp("h"), "redis://h:6379"),
        Form("redis://h?db=4", tcp("h", database: 4), "redis://h:6379/4"),
        Form("redis://h/4?db=4&client_name=w%201", tcp("h", database: 4, name: "w 1"), "redis://h:6379/4"),
        Form("redis://:pw@h", tcp("h", password: "pw"), "redis://:***@h:6379"),
        Form("redis://u:pw@h:1/2", tcp("h", 1, user: "u", password: "pw", database: 2), "redis://u:***@h:1/2"),
        Form("redis://u@h", tcp("h", user: "u"), "redis://u@h:6379"),
        Form("redis://u:@h", tcp("h", user: "u"), "redis://u@h:6379"),
        Form("redis://:@h", tcp("h"), "redis://h:6379"),
        Form(
            "redis://u%3A%40:p%40%2F%3A%25%C3%A9@h", tcp("h", user: "u:@", password: "p@/:%é"),
            "redis://u%3A%40:***@h:6379"),
        Form("redis://u:a@b:c@h", tcp("h", user: "u", password: "a@b:c"), "redis://u:***@h:6379"),
        Form("redis://[::1]", tcp("::1"), "redis://[::1]:6379"),
        Form(
            "redis://:p@[fe80::1%25eth0]:7/1", tcp("fe80::1%eth0", 7, password: "p", database: 1),
            "redis://:***@[fe80::1%25eth0]:7/1"),
        Form("redis://127.0.0.1:6380", tcp("127.0.0.1", 6380), "redis://127.0.0.1:6380"),
        Form("rediss://h", tcp("h", tls: .init()), "rediss://h:6379"),
        Form(
            "rediss://h?ssl_cert_reqs=none&ssl_ca_certs=/c%20a&ssl_certfile=/c&ssl_keyfile=/k",
            tcp("h", tls: .init(verify: false, caFile: "/c a", certFile: "/c", keyFile: "/k")), "rediss://h:6379"),
        Form("rediss://h?ssl_cert_reqs=required", tcp("h", tls: .init()), "rediss://h:6379"),
        Form("unix:///run/r.sock", unix("/run/r.sock"), "unix:///run/r.sock"),
        Form("unix:/run/r.sock", unix("/run/r.sock"), "unix:///run/r.sock"),
        Form("unix:///a%20b%3F?db=2", unix("/a b?", database: 2), "unix:///a%20b%3F?db=2"),
        Form("unix://u:p@/r", unix("/r", user: "u", password: "p"), "unix://u:***@/r"),
        Form("redis-socket:///r?db=1", unix("/r", database: 1), "unix:///r?db=1"),
        Form("redis+unix:///r", unix("/r"), "unix:///r"),
        Form("local:", local("default"), "local:default"),
        Form("LOCAL:x", local("x"), "local:x"),
        Form("local:a.B_9-", local("a.B_9-"), "local:a.B_9-"),
        Form("local:x?db=3", local("x", database: 3), "local:x?db=3"),
        Form("h", tcp("h"), "redis://h:6379"),
        Form("h:1", tcp("h", 1), "redis://h:1"),
        Form("redis:6379", tcp("redis"), "redis://redis:6379"),
        Form("local", tcp("local"), "redis://local:6379"),
        Form("[::1]:2", tcp("::1", 2), "redis://[::1]:2"),
        Form("h:1,password=p=w:/@", tcp("h", 1, password: "p=w:/@"), "redis://:***@h:1"),
        Form(" h:1 , password = p , user = u ", tcp("h", 1, user: "u", password: "p"), "redis://u:***@h:1"),
        Form("h,ssl=true", tcp("h", 6380, tls: .init()), "rediss://h:6380"),
        Form("h:1,SSL=False", tcp("h", 1), "redis://h:1"),
        Form("h:1,ssl=1,sslHost=n", tcp("h", 1, tls: .init(serverName: "n")), "rediss://h:1"),
        Form("h,defaultDatabase=2,name=me", tcp("h", database: 2, name: "me"), "redis://h:6379/2"),
        Form("password=p,h,", tcp("h", password: "p"), "redis://:***@h:6379"),
        Form("h,password=", tcp("h"), "redis://h:6379"),
        Form(
            "h,connectTimeout=5,syncTimeout=1,abortConnect=false,allowAdmin=true,keepAlive=1,channelPrefix=x,proxy=none",
            tcp("h"), "redis://h:6379"),
        Form("!/run/r.sock,password=p", unix("/run/r.sock", password: "p"), "unix://:***@/run/r.sock"),
    ]

    @Test("is understood", arguments: forms)
    func parse(_ form: Form) throws {
        let address = try ServerAddress.parse(form.text)
        #expect(address.endpoint == form.address.endpoint)
        #expect(address.user == form.address.user)
        #expect(address.password == form.address.password)
        #expect(address.database == form.address.database)
        #expect(address.clientName == form.address.clientName)
        #expect(address.tls == form.address.tls)
        #expect(address == form.address)
        #expect(address.description == form.url)
    }

    @Test("without password, name and TLS settings, is what its description says", arguments: forms)
    func roundTrip(_ form: Form) throws {
        var address = form.address
        address.password = nil
        address.clientName = nil
        if address.tls != nil { address.tls = .init() }
        #expect(try ServerAddress.parse(address.description) == address)
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        let parts: [String]

        init(_ text: String, _ parts: String...) {
            self.text = text
            self.parts = parts
        }

        var testDescription: String { text }
    }

    static let mistakes: [Mistake] = [
        Mistake("", "empty", "redis://"),
        Mistake("redis://h\n", "control character"),
        Mistake(String(repeating: "h", count: 9000), "8192"),
        Mistake("foo://h", "'foo://'", "redis://", "rediss://", "unix://", "local:"),
        Mistake("http://h", "'http://'"),
        Mistake("redis-sentinel://h/m", "'redis-sentinel://'"),
        Mistake("redis-cluster://h", "'redis-cluster://'"),
        Mistake("local://x", "'local://'", "local:[name]"),
        Mistake("redis://h:0", "port", "65535"),
        Mistake("redis://h:65536", "port", "65535"),
        Mistake("redis://h:x", "port"),
        Mistake("redis://h:1:2", "brackets"),
        Mistake("redis://::1", "brackets"),
        Mistake("redis://[::1", "closing bracket"),
        Mistake("redis://[::1]x", "follows"),
        Mistake("redis://[h]", "IPv6"),
        Mistake("redis://[fe80::1%25]", "IPv6"),
        Mistake("redis://a b", "host name"),
        Mistake("redis://h,i", "host name"),
        Mistake("redis://\u{e9}", "ASCII"),
        Mistake("redis://h/x", "database 'x'", "1000000"),
        Mistake("redis://h/-1", "database"),
        Mistake("redis://h/1000001", "database"),
        Mistake("redis://h/1/2", "database"),
        Mistake("redis://h/99999999999999999999", "database"),
        Mistake("redis://h?db=x", "database 'x'"),
        Mistake("redis://h/1?db=2", "two databases"),
        Mistake("redis://h?db=", "db=..."),
        Mistake("redis://h?db", "db=..."),
        Mistake("redis://h?db=1&db=1", "twice"),
        Mistake("redis://h?foo=1", "'foo'", "db, client_name, ssl_ca_certs, ssl_certfile, ssl_keyfile, ssl_cert_reqs"),
        Mistake("redis://h?DB=1", "'DB'"),
        Mistake("redis://h#x", "%23"),
        Mistake("redis://h?ssl_cert_reqs=none", "rediss://"),
        Mistake("rediss://h?ssl_cert_reqs=optional", "optional", "required or none"),
        Mistake("rediss://h?ssl_keyfile=/k", "ssl_certfile"),
        Mistake("redis://u%:p@h", "user name", "%25"),
        Mistake("redis://u:%4@h", "password", "%25"),
        Mistake("redis://u:%zz@h", "password"),
        Mistake("redis://u:%00@h", "%00"),
        Mistake("redis://u:%ff@h", "UTF-8"),
        Mistake("redis://h?client_name=%f", "client_name"),
        Mistake("unix://h/p", "three slashes"),
        Mistake("unix://", "absolute"),
        Mistake("unix:///", "absolute"),
        Mistake("unix:///" + String(repeating: "x", count: 107), "107"),
        Mistake("unix:///p?db=x", "database"),
        Mistake("unix:///p?ssl_cert_reqs=none", "TLS"),
        Mistake("local:..", "local:build"),
        Mistake("local:.x", "local:build"),
        Mistake("local:a/b", "local:build"),
        Mistake("local:\u{e9}", "local:build"),
        Mistake("local:" + String(repeating: "x", count: 65), "64"),
        Mistake("local:x?foo=1", "'foo'"),
        Mistake("quorum:a,b", "several"),
        Mistake("quorum:a", "port", "redis://"),
        Mistake("a:1,b:2", "several servers; one is supported"),
        Mistake("a:1,b:2,password=x", "several"),
        Mistake("password=x", "no server"),
        Mistake(",", "no server"),
        Mistake("h,foo=1", "'foo'", "password", "connectTimeout"),
        Mistake("h,ssl=maybe", "maybe", "true or false"),
        Mistake("h,defaultDatabase=x", "database 'x'"),
        Mistake("h,serviceName=m", "serviceName", "Sentinel"),
        Mistake("h,proxy=Twemproxy", "proxy"),
        Mistake("h,tunnel=http:x", "tunnel"),
        Mistake("h,$CONFIG=", "$CONFIG"),
        Mistake("!r", "absolute"),
        Mistake("!/r,ssl=true", "unix socket"),
        Mistake("::1", "brackets"),
        Mistake("h:x", "port", "redis://"),
    ]

    @Test("with a mistake in it says what is wrong", arguments: mistakes)
    func fail(_ mistake: Mistake) {
        #expect {
            try ServerAddress.parse(mistake.text)
        } throws: { error in
            guard let error = error as? RedisError else { return false }
            return error.code == .invalidAddress && !error.message.contains("\n")
                && mistake.parts.allSatisfy { error.message.contains($0) }
        }
    }

    @Test(
        "that cannot be understood does not give away a password",
        arguments: [
            "redis://user:hunter2", "redis://:hunter2", "redis://user:hunter2/0", "redis://:x/hunter2@h",
            "redis://:x?hunter2@h",
            "redis://:x?hunter2=1@h", "redis://:x#hunter2@h", "redis://:1/hunter2@h", "redis://:1?db=hunter2@h",
            "redis://:1/1?hunter2@h", "redis://:1?a@b&hunter2=x", "foo://:hunter2@h", "redis://:hunter2%@h",
            "redis://:hunter2@h:x",
            "redis://:hunter2@h/x", "redis://:hunter2@h?x=1", "redis://a:b@c/hunter2@h", "unix://:hunter2@h/p",
            "unix://:hunter2@",
            "user:hunter2@h:6379", ":hunter2@h", "hunter2@h:x", "h:hunter2", "h,password=a,hunter2",
            "h,password=a,hunter2=x",
            "h,i,password=hunter2", "h,foo=1,password=hunter2", "password=hunter2", "h,password=hunter2,ssl=x",
            "h:x,password=hunter2",
            "unix://:x/hunter2@/p?y=1",
        ])
    func keepSecrets(_ text: String) {
        #expect {
            try ServerAddress.parse(text)
        } throws: { error in
            guard let error = error as? RedisError else { return false }
            return !error.message.contains("hunter2")
        }
    }

    @Test("keeps its password out of descriptions and dumps")
    func descriptions() throws {
        let address = try ServerAddress.parse("redis://u:hunter2@h")
        var dumped = ""
        dump(address, to: &dumped)
        for text in ["\(address)", String(reflecting: address), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("of any kind is an address or an error")
    func survival() {
        var generator = SeededGenerator(seed: 42)
        let seeds =
            AddressTests.forms.map { Array($0.text.utf8) }
            + AddressTests.mistakes.map { Array($0.text.utf8.prefix(200)) }
        let special = Array(":/?#[]@%,=!.$&-0aZ \u{e9}\u{301}".utf8)
        for _ in 0..<50_000 {
            guard var bytes = seeds.randomElement(using: &generator) else { return }
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                switch Int.random(in: 0...3, using: &generator) {
                case 0: bytes.insert(special.randomElement(using: &generator) ?? 0, at: place)
                case 1: if place < bytes.count { bytes.remove(at: place) }
                case 2: bytes.insert(contentsOf: seeds.randomElement(using: &generator) ?? [], at: place)
                default: bytes = Array(bytes.prefix(place))
                }
            }
            guard let address = try? ServerAddress.parse(String(decoding: bytes, as: UTF8.self)) else { continue }
            // What was understood can be written and understood again.
            #expect((try? ServerAddress.parse(address.description))?.endpoint == address.endpoint)
        }
    }
}

@Suite("The environment's addresses")
struct EnvironmentTests {
    private func resolve(_ text: String?, _ environment: [String: String]) throws -> ServerAddress {
        let addresses = try ServerAddresses.resolve(text) { environment[$0] }
        return try #require(addresses.isQuorum ? nil : addresses.members.first)
    }

    @Test("A given text wins over DISTCOORD_URL, that over REDIS_URL, that over this machine's default port")
    func precedence() throws {
        let both = ["DISTCOORD_URL": "redis://d", "REDIS_URL": "redis://r"]
        #expect(try resolve("redis://t", both).description == "redis://t:6379")
        #expect(try resolve(nil, both).description == "redis://d:6379")
        #expect(try resolve(nil, ["DISTCOORD_URL": "", "REDIS_URL": "redis://r"]).description == "redis://r:6379")
        #expect(try resolve(nil, [:]).description == "redis://localhost:6379")
    }

    @Test("An error names the variable it is in")
    func blame() {
        #expect {
            try resolve(nil, ["REDIS_URL": "foo://"])
        } throws: { ($0 as? RedisError)?.message.hasPrefix("REDIS_URL: unknown scheme") ?? false }
    }

    @Test("Credentials come from the environment only where the address has none")
    func credentials() throws {
        let environment = ["REDIS_PASSWORD": "p", "REDISCLI_AUTH": "c", "REDIS_USERNAME": "u"]
        #expect(try resolve("redis://h", environment).password == "p")
        #expect(try resolve("redis://h", environment).user == "u")
        #expect(try resolve("redis://v@h", environment).user == "v")
        #expect(try resolve("redis://v@h", environment).password == "p")
        #expect(try resolve("redis://:x@h", environment).password == "x")
        #expect(try resolve("redis://:x@h", environment).user == nil)
        #expect(try resolve("h,password=x", environment).password == "x")
        #expect(try resolve("unix:///r", environment).password == "p")
        #expect(try resolve("redis://h", ["REDISCLI_AUTH": "c", "REDIS_PASSWORD": ""]).password == "c")
    }

    @Test("The private server has no password, whatever the environment says")
    func privateServer() throws {
        #expect(
            try resolve("local:x", ["REDIS_PASSWORD": "p", "REDIS_USERNAME": "u"])
                == ServerAddress(endpoint: .local(name: "x")))
    }

    @Test("TLS files come from the environment only where the address has none")
    func certificates() throws {
        let environment = ["REDIS_CA_CERT": "/ca", "REDIS_CLIENT_CERT": "/cert", "REDIS_CLIENT_KEY": "/key"]
        #expect(
            try resolve("rediss://h", environment).tls == .init(caFile: "/ca", certFile: "/cert", keyFile: "/key"))
        #expect(
            try resolve("rediss://h?ssl_ca_certs=/x&ssl_certfile=/y", environment).tls
                == .init(caFile: "/x", certFile: "/y"))
        #expect(try resolve("redis://h", environment).tls == nil)
        #expect(try resolve("rediss://h", ["REDIS_INSECURE_TLS": "true"]).tls?.verify == false)
        #expect(try resolve("rediss://h", ["REDIS_INSECURE_TLS": "0"]).tls?.verify == true)
        #expect(throws: RedisError.self) { try resolve("rediss://h", ["REDIS_INSECURE_TLS": "perhaps"]) }
    }
}

/// The same numbers in each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Several servers")
struct QuorumAddressTests {
    private func parse(_ text: String, _ environment: [String: String] = [:]) throws -> ServerAddresses {
        try ServerAddresses.resolve(text) { environment[$0] }
    }

    @Test("quorum: stands before URLs, separated by commas, each as of a single server")
    func members() throws {
        let addresses = try parse("quorum:redis://u:p@a/2,b:7000,unix:///run/c.sock?db=1")
        #expect(addresses.isQuorum)
        #expect(
            addresses.members.map(\.description) == [
                "redis://u:***@a:6379/2", "redis://b:7000", "unix:///run/c.sock?db=1",
            ])
        #expect(addresses.description == "quorum:redis://u:***@a:6379/2,redis://b:7000,unix:///run/c.sock?db=1")
        #expect(try parse("QUORUM:a,b,c").members.count == 3)
        #expect(try parse("quorum:redis://:x%2Cy@a,b,c").members.first?.password == "x,y")
    }

    @Test("What the environment says applies to each server")
    func environment() throws {
        let addresses = try ServerAddresses.resolve(nil) {
            ["DISTCOORD_URL": "quorum:a,redis://:own@b,c", "REDIS_PASSWORD": "p"][$0]
        }
        #expect(addresses.members.map(\.password) == ["p", "own", "p"])
    }

    @Test(
        "A mistake is explained without a word of a password",
        arguments: [
            ("quorum:", "3 to 64"), ("quorum:a", "3 to 64"), ("quorum:a,b", "3 to 64"),
            ("quorum:" + (1...65).map { "h\($0)" }.joined(separator: ","), "3 to 64"),
            ("quorum:a,,b", "server 2"), ("quorum:a,b,", "server 3"), ("quorum:a,b,a:6379,password=x", "server 4"),
            ("quorum:a,b,redis://a/1", "servers 1 and 3"), ("quorum:a,b,foo://c", "server 3 of the quorum: unknown"),
            ("quorum:a,b,quorum:c", "server 3"),
            ("quorum:redis://:secret,secret@a,b,c", "%2C"), ("quorum:redis://:1?secret,secret@a,b,c", "%2C"),
            ("quorum:a,password=secret,b,c", "%2C"), ("quorum:redis://a?x=1,secret=2,b,c", "%2C"),
        ])
    func mistakes(text: String, hint: String) {
        #expect {
            try parse(text)
        } throws: { error in
            guard let error = error as? RedisError else { return false }
            return error.code == .invalidAddress && error.message.contains(hint) && !error.message.contains("secret")
        }
    }
}
