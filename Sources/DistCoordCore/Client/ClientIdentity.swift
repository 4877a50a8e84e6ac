// Under which name servers know a client. All members of a quorum know it under the same one.

/// The id of a client, another one in each process.
final class ClientIdentity: Sendable {
    // Guarded by the fork guard's lock; unsafe only to the compiler.
    private nonisolated(unsafe) var made = (generation: ForkGuard.generation, id: Identifiers.make())

    /// The id in this process. Not to be asked with the fork guard's lock held.
    var present: String {
        ForkGuard.withLock {
            if made.generation != ForkGuard.generation { made = (ForkGuard.generation, Identifiers.make()) }
            return made.id
        }
    }
}
