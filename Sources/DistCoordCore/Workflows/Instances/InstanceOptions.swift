// How an instance takes part in a distributed run; explained in include/distcoord/instance.h.

import DistCoordRedis

/// Options of an instance.
public struct InstanceOptions: Sendable {
    /// nil to find it out.
    public private(set) var identity: String?
    /// Whether an identity that is found out has the attempt in it.
    public var withAttempt = false
    public private(set) var prefix = "run:"
    /// nil to ask the environment.
    public private(set) var index: Int?
    public private(set) var total: Int?
    public private(set) var indexVariable = "INSTANCE_INDEX"
    public private(set) var totalVariable = "TOTAL_INSTANCES"
    /// Names with commas.
    public private(set) var capabilities = ""
    /// In milliseconds.
    public private(set) var lease: Int64 = 10_000
    public private(set) var expiry: Int64 = 3_600_000
    public var failsFast = false

    private static let mostInstances = 100_000
    private static let expiries: ClosedRange<Int64> = 10_000...30 * 86_400_000
    private static let prefixLimit = 128

    public init() {}

    public mutating func set(identity: String?) throws(CoordinationError) {
        if let identity { try RunIdentity.check(identity) }
        self.identity = identity
    }

    public mutating func set(prefix: String) throws(CoordinationError) {
        if !prefix.isEmpty { try Names.check(prefix, what: "prefix", limit: InstanceOptions.prefixLimit) }
        self.prefix = prefix
    }

    /// - Parameter index: Negative to ask the environment.
    public mutating func set(index: Int32) throws(CoordinationError) {
        guard Int(index) < InstanceOptions.mostInstances else {
            throw .invalid("instance \(index) is out of range; 0 to \(InstanceOptions.mostInstances - 1) are allowed")
        }
        self.index = index < 0 ? nil : Int(index)
    }

    /// - Parameter total: 0 to ask the environment.
    public mutating func set(total: Int32) throws(CoordinationError) {
        guard (0...InstanceOptions.mostInstances).contains(Int(total)) else {
            throw .invalid("\(total) instances are out of range; 1 to \(InstanceOptions.mostInstances) are allowed")
        }
        self.total = total == 0 ? nil : Int(total)
    }

    public mutating func set(indexVariable name: String) throws(CoordinationError) {
        try InstanceOptions.check(variable: name)
        indexVariable = name
    }

    public mutating func set(totalVariable name: String) throws(CoordinationError) {
        try InstanceOptions.check(variable: name)
        totalVariable = name
    }

    public mutating func set(capabilities: String) throws(CoordinationError) {
        let names = try Capabilities.parse(capabilities, atMost: 64)
        // The other instances see them as the value of a member.
        try MembershipHandle.check(value: ClaimProfile(capabilities: names).listed)
        self.capabilities = capabilities
    }

    public mutating func set(lease: Int64) throws(CoordinationError) {
        try LeaseLength.check(lease)
        self.lease = lease
    }

    public mutating func set(expiry: Int64) throws(CoordinationError) {
        guard InstanceOptions.expiries.contains(expiry) else {
            throw .invalid("an expiry of \(expiry) ms is out of range; 10 s to 30 days are allowed")
        }
        self.expiry = expiry
    }

    private static func check(variable: String) throws(CoordinationError) {
        let isPlain = variable.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isPlain, !variable.isEmpty else {
            throw .invalid("'\(variable)' is no name of an environment variable: letters, digits and _ are allowed")
        }
    }

    // MARK: - Which of how many

    /// Which instance this is, and how many there are to be.
    func place() throws(CoordinationError) -> (index: Int, total: Int) {
        var (index, total) = (index, total)
        if index == nil {
            index = try InstanceOptions.number(in: indexVariable, 0...InstanceOptions.mostInstances - 1)
        }
        if total == nil { total = try InstanceOptions.number(in: totalVariable, 1...InstanceOptions.mostInstances) }
        switch (index, total) {
        case (nil, nil): return (0, 1)
        case (let index?, let total?):
            guard index < total else {
                throw .invalid(
                    "this is instance \(index) of \(total), but they count from 0: the last one is \(total - 1)")
            }
            return (index, total)
        // Everybody would do everything, or nobody the share of one that does not know itself.
        case (let index?, nil):
            throw .invalid("this is instance \(index), but not of how many: set \(totalVariable), too, or neither")
        case (nil, let total?):
            throw .invalid("this is one of \(total) instances, but not which: set \(indexVariable), too, or neither")
        }
    }

    /// A number of the environment; nil when the variable is not set.
    private static func number(in variable: String, _ allowed: ClosedRange<Int>) throws(CoordinationError) -> Int? {
        guard let text = ProcessEnvironment[variable] else { return nil }
        guard let number = Int(text), allowed.contains(number) else {
            throw .invalid(
                "\(variable) is '\(text)'; it must be a number from \(allowed.lowerBound) to \(allowed.upperBound)")
        }
        return number
    }
}
