// What an election needs of the lock that a leadership is, on one server or over a quorum.

/// A lock that somebody leads by.
protocol LeadershipForm: LockForm {
    /// Waits, in a wait that has begun, until the present grant is lost.
    ///
    /// - Returns: `.lost`, `.notHeld`, `.timedOut`, `.cancelled`, `.interrupted`.
    func waitLost(_ wait: Wait) -> Status

    /// Publishes another value while leading.
    ///
    /// - Returns: `.ok`, `.notHeld`, `.lost`.
    func announce(_ value: String) throws(CoordinationError) -> Status
}
