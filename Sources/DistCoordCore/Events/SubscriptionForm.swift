// What subscriptions of channels and of topics have in common.

/// Reads messages as they come; used by any number of threads.
public protocol SubscriptionForm: WatchForm {
    /// Subscribes a channel.
    func add(_ name: String) throws(CoordinationError)
    /// Ends the subscription of a channel; `.ok` or `.notFound`.
    func remove(_ name: String) throws(CoordinationError) -> Status
    /// Takes the next message, waiting for at most `milliseconds` (negative: for ever; 0: looks once).
    ///
    /// - Returns: `.ok` with the message; `.timedOut`, `.cancelled`, `.interrupted`.
    func next(milliseconds: Int64) throws(CoordinationError) -> (Status, EventMessage?)
    /// How many messages were missed in all.
    var missed: Int64 { get }
}
