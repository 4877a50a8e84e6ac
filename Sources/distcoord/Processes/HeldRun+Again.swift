// Holding and running again and again, until a signal ends it.

import DistCoord

extension HeldRun {
    /// Between two beginnings: a command that ends at once must not keep the server busy, and others get their turn.
    private static let rhythm: Int64 = 1000

    /// Ends by throwing.
    func runAgainAndAgain() throws {
        defer { Closing.close(client) }
        var retries = Retries()
        while true {
            let begun = monotonicMilliseconds()
            do {
                let outcome = try once()
                retries.succeeded()
                if outcome.isLast { throw Ended(status: outcome.status) }
                connection.note("\(contested.title): the command ended with status \(outcome.status); standing again")
                try signals.pause(until: begun + Self.rhythm)
            } catch let error as DistCoordError where error.isRetriable {
                let delay = retries.nextDelay()
                Output.note("\(contested.title): \(error.message); next attempt in \(delay)s")
                try signals.pause(until: monotonicMilliseconds() + delay * 1000)
            }
        }
    }
}
