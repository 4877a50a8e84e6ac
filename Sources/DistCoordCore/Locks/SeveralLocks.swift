// Several locks that are acquired together: in one step, or one after the other where the server cannot do it in one.

import DistCoordRedis

/// A handle on several locks.
final class SeveralLocks: LockForm {
    private let places: [LockPlace]
    private let options: LockOptions
    private let inOneStep: OneStepLocks
    private let inOrder: OrderedLocks
    /// The server has said that it is one of a cluster.
    private let isOrdered = Flag()

    /// - Parameter names: Each once, in the order of their bytes.
    init(client: Client, names: [String], options: LockOptions) {
        self.options = options
        places = names.map { LockPlace(client: client, name: $0, options: options) }
        inOneStep = OneStepLocks(client: client, places: places, options: options)
        // What is watched for a loss, and ends waits, must be the same whichever way it goes.
        inOrder = OrderedLocks(
            client: client, places: places, options: options, scope: inOneStep.grant.scope, loss: inOneStep.grant.loss)
    }

    private var form: any LockForm { isOrdered.isSet ? inOrder : inOneStep }

    var defaultWait: Int64 { options.wait }

    func acquire(milliseconds: Int64) throws(CoordinationError) -> Status {
        do throws(CoordinationError) {
            return try form.acquire(milliseconds: milliseconds)
        } catch {
            // Names of different slots; the server has done nothing yet.
            guard error.serverText.hasPrefix("CROSSSLOT"), !isOrdered.isSet else { throw error }
            isOrdered.set()
            return try inOrder.acquire(milliseconds: milliseconds)
        }
    }

    func release() throws(CoordinationError) -> Status { try form.release() }

    func extend(milliseconds: Int64) throws(CoordinationError) -> Status {
        try form.extend(milliseconds: milliseconds)
    }

    func dispose() { form.dispose() }

    var state: GrantState { form.state }
    var fence: UInt64 { form.fence }
    var leaseLeft: Int64 { form.leaseLeft }
    var eventDescriptor: Int32 { form.eventDescriptor }

    func waitLost(milliseconds: Int64) throws(CoordinationError) -> Status {
        try form.waitLost(milliseconds: milliseconds)
    }

    func cancelWaits() { form.cancelWaits() }

    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? { try places.inspectFirst() }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status { try places.breakAll(fence: fence) }
}

/// Several locks under one grant, all or none of them.
private final class OneStepLocks: SingleGrantForm {
    let grant: GrantHandle
    private let places: [LockPlace]
    private let options: LockOptions

    init(client: Client, places: [LockPlace], options: LockOptions) {
        self.places = places
        self.options = options
        grant = GrantHandle(
            client: client,
            calls: SeveralCalls(
                keys: Keys(namespace: client.options.namespace), names: places.map(\.name),
                info: LockPlace.info(client, options)),
            terms: options.terms)
    }

    var defaultWait: Int64 { options.wait }

    func inspect() throws(CoordinationError) -> ExclusiveSnapshot? { try places.inspectFirst() }

    func breakHold(fence: UInt64) throws(CoordinationError) -> Status { try places.breakAll(fence: fence) }
}

extension [LockPlace] {
    /// The holder of the first of them that is held.
    func inspectFirst() throws(CoordinationError) -> ExclusiveSnapshot? {
        for place in self {
            if let snapshot = try place.inspect() { return snapshot }
        }
        return nil
    }

    func breakAll(fence: UInt64) throws(CoordinationError) -> Status {
        var status = Status.notHeld
        for place in self where try place.breakHold(fence: fence) == .ok { status = .ok }
        return status
    }
}
