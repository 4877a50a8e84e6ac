// How many of something are kept.

import ArgumentParser

/// A number, or `all`.
struct WrittenLimit: ExpressibleByArgument {
    /// Nothing for all.
    let count: Int?

    init?(argument: String) {
        if argument == "all" {
            count = nil
        } else if let number = Int(argument), number >= 0 {
            count = number
        } else {
            return nil
        }
    }
}
