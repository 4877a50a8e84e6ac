// Watching keys of shared state.
//
// Each change is announced on a public channel, with the value if it is small. What a watch knows, and what it still
// has to ask, is kept by StateView; here are the channel and the round trips.

import DistCoordRedis

/// The changes of a key, or of all that begin with a prefix.
public final class StateWatch: WatchForm {
    private let session: Session
    private let calls: StateCalls
    private let prefix: String
    private let filter: [UInt8]
    private let core: WatchCore
    private let view: Guarded<StateView>

    /// Keys listed at once.
    private static let pageSize: Int64 = 500
    /// Of keys that are read only to see whether they have changed, greater values are read when they are told.
    private static let toldValue: Int64 = 2_048

    init(_ state: StateHandle, key: String?, prefix: String) throws(CoordinationError) {
        session = try state.client.openSession()
        calls = state.calls
        self.prefix = prefix
        filter = Array((key ?? prefix).utf8)
        core = try WatchCore(state.client)
        view = Guarded(StateView(key: key))
        // First: what comes after both are confirmed is told.
        if key != nil { try core.follow(Keys.stateWatchers(calls.base)) { _ in } }
        try core.follow(Keys.stateChanges(calls.base, key: key)) { [weak self] message in self?.hear(message) }
        // A watch that is looked at rarely must not make the server keep what it is told.
        session.mailbox.readUnattended()
    }

    /// The next change.
    ///
    /// - Returns: `.ok` with the entry, `.timedOut`, `.cancelled`, `.interrupted`.
    public func next(milliseconds: Int64) throws(CoordinationError) -> (Status, StateEntry?) {
        try core.next(milliseconds: milliseconds, take: take)
    }

    private func hear(_ bytes: UnsafeBufferPointer<UInt8>?) {
        guard let bytes else { return view.withLock { $0.lookAgain() } }
        guard let message = StateMessage(bytes, prefix: filter) else { return }
        view.withLock { $0.hear(message, moment: session.serverClock.localMoment(ofServerTime:)) }
    }

    private func take() throws(CoordinationError) -> StateEntry? {
        while true {
            switch view.withLock({ $0.next(now: .now) }) {
            case .tell(let entry): return entry
            case .ask(let inquiry): try ask(inquiry)
            case .rest(let moment):
                core.look(at: moment)
                return nil
            }
        }
    }

    private func ask(_ inquiry: StateView.Inquiry) throws(CoordinationError) {
        let reading: StateCalls.Reading
        do throws(CoordinationError) {
            reading =
                switch inquiry.question {
                case .page(let cursor):
                    try calls.list(
                        prefix: prefix, after: cursor, limit: StateWatch.pageSize, session, core.patience)
                case .keys(let keys): try calls.read(keys, upTo: StateWatch.toldValue, session, core.patience)
                case .whole(let key): try calls.read([key], upTo: nil, session, core.patience)
                }
        } catch {
            view.withLock { $0.failed(inquiry) }
            throw error
        }
        session.serverClock.note(sentAt: reading.sentAt, serverTime: reading.serverTime)
        view.withLock { $0.answered(inquiry, reading) }
    }

    public var eventDescriptor: Int32 { core.eventDescriptor }

    public func cancelWaits() { core.cancelWaits() }

    public func dispose() { core.dispose() }
}

extension StateHandle {
    /// Watches a key.
    public func watch(key: String) throws(CoordinationError) -> StateWatch {
        try check(key)
        return try StateWatch(self, key: key, prefix: "")
    }

    /// Watches all keys that begin with a prefix; all of them, when it is empty.
    public func watch(prefix: String) throws(CoordinationError) -> StateWatch {
        try check(prefix: prefix)
        return try StateWatch(self, key: nil, prefix: prefix)
    }
}
