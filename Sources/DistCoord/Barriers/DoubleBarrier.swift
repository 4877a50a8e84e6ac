// n parties begin together and leave together.

/// A double barrier: a number of parties begin together, and leave together.
///
/// Between entering and leaving a party has a lease that the library renews, so that its death is noticed by the
/// others, at the latest when the lease ends: they then get ``DistCoordError/Code-swift.struct/broken``, or go on
/// without it, as ``DoubleBarrierOptions/onDeath`` says. When all have left it can be entered anew. <doc:Barriers> says
/// what holds.
///
/// An object is one party. Prefer ``run(timeout:_:)``, each call of which is a party of its own.
public final class DoubleBarrier: Sendable {
    /// What a party knows about itself, without asking the server.
    public enum State: Sendable, Hashable {
        /// It has not entered, or has left.
        case outside
        /// It has entered and not left.
        case inside
        /// It had entered, and its lease has ended: the others take it for dead.
        case lost
    }

    /// How the barrier stands, as the server saw it when it was asked.
    public struct Status: Sendable, Hashable {
        /// How many parties have entered and not left.
        public var inside: Int
        /// How many of this round have left.
        public var left: Int
        /// How many parties this round has, less those that have died.
        public var parties: Int
        /// The round, from 0.
        public var round: Int64
    }

    /// The barrier's name.
    public let name: String
    /// How many enter together.
    public let parties: Int
    /// How it behaves.
    public let options: DoubleBarrierOptions

    private let client: Client
    private let handle: BlockingDoubleBarrier
    private let waits: SharedWaits

    init(_ client: Client, name: String, parties: Int, _ options: DoubleBarrierOptions) throws {
        let handle = try BlockingDoubleBarrier(client.blocking, name, parties: parties, options)
        self.client = client
        self.name = name
        self.parties = parties
        self.options = options
        self.handle = handle
        waits = SharedWaits { handle.cancel() }
    }

    /// Enters, and waits until all parties have. Giving up, by the time or by cancelling the task, withdraws the party
    /// and leaves the others waiting for another.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/timedOut``; ``DistCoordError/Code-swift.struct/broken`` when a party
    /// died or somebody aborted; ``DistCoordError/Code-swift.struct/exists`` when this object is inside; and
    /// ``DistCoordError/Code-swift.struct/conflict`` when another number of parties is in use.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever.
    /// - Returns: A number from 0, another for each party, in order of entering.
    @discardableResult
    public func enter(timeout: Duration? = nil) async throws -> Int {
        let (answer, index) = try await waits.wait(timeout) { [handle] in
            let (answer, index) = try handle.enter(waitMilliseconds: $0)
            return (answer, index)
        }
        switch answer {
        case .ok: return index
        case .timedOut:
            throw DistCoordError(
                .timedOut, "\(what): not all \(parties) parties entered within \(timeout ?? .zero)", isRetriable: true)
        case .exists: throw DistCoordError(.exists, "\(what): this party is inside already")
        default: throw error(answer)
        }
    }

    /// Says that this party is done, and waits until all are. This party has left in any case.
    ///
    /// Throws ``DistCoordError/Code-swift.struct/timedOut``; ``DistCoordError/Code-swift.struct/broken``;
    /// ``DistCoordError/Code-swift.struct/notHeld`` when it is not inside; and
    /// ``DistCoordError/Code-swift.struct/lost`` when its lease had ended.
    ///
    /// - Parameter timeout: How long to wait for the others; `nil` for ever.
    public func leave(timeout: Duration? = nil) async throws {
        let answer = try await waits.wait(timeout) { [handle] in (try handle.leave(waitMilliseconds: $0), ()) }.answer
        switch answer {
        case .ok: return
        case .timedOut:
            throw DistCoordError(.timedOut, "\(what): not all parties left within \(timeout ?? .zero)")
        case .notHeld: throw DistCoordError(.notHeld, "\(what): this party is not inside")
        default: throw error(answer)
        }
    }

    /// Enters, runs the body, leaves, and waits until all have left. The body gets its number, from 0, another for each
    /// party.
    ///
    /// When the party is lost meanwhile, the task that runs the body is cancelled, and this throws
    /// ``DistCoordError/Code-swift.struct/lost``. When the body throws, or the task is cancelled, the party leaves
    /// without waiting for the others. Throws as ``enter(timeout:)`` and ``leave(timeout:)`` otherwise.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for the others before the body runs; `nil` for ever.
    ///   - body: What is to begin together and to end together.
    public func run<Value: Sendable>(
        timeout: Duration? = nil, _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        let party = try DoubleBarrier(client, name: name, parties: parties, options)
        let index = try await party.enter(timeout: timeout)
        let result = await runUnderLease(lossDescriptor: party.handle.lossDescriptor) { try await body(index) }
        switch result {
        case .success(let value):
            try await party.leave()
            return value
        case .failure(let failure):
            // When the server cannot be told, the lease ends it.
            if (try? await offload { [handle = party.handle] in try handle.leave(waitMilliseconds: 0) }) == .lost {
                throw error(.lost)
            }
            throw failure
        }
    }

    /// Breaks the barrier for all who are inside or wait; it is whole again for those who enter after.
    public func abort() async throws { try await offload { [handle] in try handle.abort() } }

    /// Asks how it stands.
    public func inspect() async throws -> Status { try await offload { [handle] in try handle.inspect() } }

    /// What this party knows about itself.
    public var state: State { handle.state }

    private var what: String { "double barrier '\(name)'" }

    private func error(_ answer: Answer) -> any Error {
        switch answer {
        case .broken: DistCoordError(.broken, "\(what) is broken: a party died, or it was aborted")
        case .lost: DistCoordError(.lost, "\(what): the party's lease ended; the others took it for dead")
        default: cancellation(of: what)
        }
    }
}

extension Client {
    /// A party of a double barrier. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The barrier's name.
    ///   - parties: How many enter together, 1 to 1 000 000. All must agree.
    ///   - options: What differs from the defaults.
    public func doubleBarrier(
        _ name: String, parties: Int, options: DoubleBarrierOptions = DoubleBarrierOptions()
    ) throws -> DoubleBarrier {
        try DoubleBarrier(self, name: name, parties: parties, options)
    }
}
