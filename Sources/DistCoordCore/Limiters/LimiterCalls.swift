// The calls of one limiter to the server.

import DistCoordRedis

/// Calls of a limiter, of all its keys.
struct LimiterCalls: Sendable {
    /// The limiter's own key, of which those of its keys are made.
    private let keys: Keys
    private let name: String
    private let isBucket: Bool
    /// What all scripts of an algorithm begin with.
    private let terms: [Int64]
    /// For how long the server notes a taking that has come, in milliseconds: longer than it is sent again. Not for
    /// longer, because a limiter may have a key for each user.
    private let noted: Int64

    private static let bucketTake = Script("bucket_take", PackageResources.bucket_take_lua)
    private static let bucketReturn = Script("bucket_return", PackageResources.bucket_return_lua)
    private static let bucketLook = Script("bucket_look", PackageResources.bucket_look_lua)
    private static let windowTake = Script("window_take", PackageResources.window_take_lua)
    private static let windowReturn = Script("window_return", PackageResources.window_return_lua)
    private static let windowLook = Script("window_look", PackageResources.window_look_lua)
    private static let resetScript = Script("limiter_reset", PackageResources.limiter_reset_lua)

    static var scripts: [Script] {
        [bucketTake, bucketReturn, bucketLook, windowTake, windowReturn, windowLook, resetScript]
    }

    init(keys: Keys, name: String, options: LimiterOptions, commandTimeout: Int64) {
        self.keys = keys
        self.name = name
        isBucket = options.algorithm == .tokenBucket
        let period = options.period * 1_000
        terms = isBucket ? [options.permits, period, options.capacity] : [options.permits, period]
        noted = commandTimeout.addingReportingOverflow(5_000).partialValue
    }

    func key(_ key: String?) -> String { keys.limiter(name: name, key: key) }

    /// Takes permits that are due within so many microseconds; negative: whenever that is.
    func take(_ permits: Int64, within longest: Int64, _ key: String, _ ticket: CallTicket) -> ScriptCall {
        let (terms, noted) = (terms, noted)
        return ScriptCall(
            isBucket ? LimiterCalls.bucketTake : LimiterCalls.windowTake,
            keys: [key, Keys.lane(key, ticket.lane)], argumentCount: terms.count + 4
        ) { writer, _ in
            for term in terms { writer.argument(term) }
            writer.argument(permits)
            writer.argument(longest)
            writer.argument(Int64(clamping: ticket.number))
            writer.argument(noted)
        }
    }

    /// Gives back what a call has taken, or keeps it from taking anything.
    func giveBack(_ key: String, _ ticket: CallTicket) -> ScriptCall {
        ScriptCall(
            isBucket ? LimiterCalls.bucketReturn : LimiterCalls.windowReturn,
            keys: [key, Keys.lane(key, ticket.lane)],
            arguments: terms.map { String($0) } + [String(ticket.number), String(noted)])
    }

    func look(_ key: String) -> ScriptCall {
        ScriptCall(
            isBucket ? LimiterCalls.bucketLook : LimiterCalls.windowLook, keys: [key],
            arguments: terms.map { String($0) })
    }

    func reset(_ key: String, _ ticket: CallTicket) -> ScriptCall {
        ScriptCall(
            LimiterCalls.resetScript, keys: [key, Keys.lane(key, ticket.lane)],
            arguments: [String(ticket.number), String(noted)])
    }
}
