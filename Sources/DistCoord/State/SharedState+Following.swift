// Many keys, and keys that change.

/// A value under a key of shared state, or none, at one version; see ``SharedState/watch(_:as:)``.
public struct StateValue<Value: Sendable>: Sendable {
    /// The key.
    public var key: String
    /// The value; `nil` when it was deleted or has expired.
    public var value: Value?
    /// The version: of two versions of a key the greater is the later one.
    public var version: UInt64
}

extension StateValue: Equatable where Value: Equatable {}
extension StateValue: Hashable where Value: Hashable {}

extension SharedState {
    /// All entries whose keys begin with a prefix, in order of the keys' bytes. They are fetched page by page, without
    /// ever holding the server up. A key that is there all the time is listed, once; of one that comes or goes
    /// meanwhile that is not certain.
    ///
    /// - Parameters:
    ///   - prefix: What the keys begin with; empty for all.
    ///   - pageSize: How many are fetched at a time, 1 to 1 000.
    public func entries(prefix: String = "", pageSize: Int = 250) -> StateEntries {
        StateEntries { try await self.page(prefix: prefix, after: $0, limit: pageSize) }
    }

    /// One page of the entries whose keys begin with a prefix, for callers who go through them at their own pace; as
    /// ``entries(prefix:pageSize:)`` otherwise.
    ///
    /// - Parameters:
    ///   - prefix: What the keys begin with; empty for all.
    ///   - cursor: ``StatePage/cursor`` of the page before; `nil` for the first page.
    ///   - limit: At most that many, 1 to 1 000. A page may hold fewer, and still not be the last.
    public func page(prefix: String = "", after cursor: String? = nil, limit: Int = 250) async throws -> StatePage {
        let (entries, next) = try await offload { [handle] in
            try handle.list(prefix: prefix, cursor: cursor, limit: limit)
        }
        return StatePage(entries: entries, cursor: next)
    }

    /// What is under a key now, and each change of it. Expiry is a change, too.
    public func watch(_ key: String) -> Changes<StateEntry> { watch(key, isPrefix: false) { $0 } }

    /// What is under the keys that begin with a prefix now, and each change of them.
    public func watch(prefix: String) -> Changes<StateEntry> { watch(prefix, isPrefix: true) { $0 } }

    /// The value under a key now, from JSON, and each change of it. One that is no such value ends the sequence with an
    /// error.
    public func watch<Value: Decodable & Sendable>(_ key: String, as type: Value.Type) -> Changes<StateValue<Value>> {
        watch(key, isPrefix: false) { try $0.decoded(type) }
    }

    /// The values under the keys that begin with a prefix now, from JSON, and each change of them. One that is no such
    /// value ends the sequence with an error.
    public func watch<Value: Decodable & Sendable>(
        prefix: String, as type: Value.Type
    ) -> Changes<StateValue<Value>> {
        watch(prefix, isPrefix: true) { try $0.decoded(type) }
    }

    private func watch<Element: Sendable>(
        _ key: String, isPrefix: Bool, _ change: @escaping @Sendable (StateEntry) throws -> Element
    ) -> Changes<Element> {
        Changes(of: "watch of state '\(scope)'", { [handle] in try handle.watch(key, isPrefix: isPrefix) }, change)
    }
}

extension StateEntry {
    fileprivate func decoded<Value: Decodable & Sendable>(_ type: Value.Type) throws -> StateValue<Value> {
        StateValue(key: key, value: kind == .absent ? nil : try value(type), version: version)
    }
}

/// Some entries of shared state; see ``SharedState/page(prefix:after:limit:)``.
public struct StatePage: Sendable, Hashable {
    /// The entries, in order of the keys' bytes.
    public var entries: [StateEntry]
    /// Where the next page begins; `nil` when this is the last one.
    public var cursor: String?
}

/// Entries of shared state, fetched page by page; see ``SharedState/entries(prefix:pageSize:)``. It ends early when the
/// task is cancelled.
public struct StateEntries: AsyncSequence, Sendable {
    /// A key with what is under it.
    public typealias Element = StateEntry

    let page: @Sendable (_ cursor: String?) async throws -> StatePage

    /// Begins with the first page.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(fetch: page) }

    /// Goes through the pages once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let fetch: @Sendable (_ cursor: String?) async throws -> StatePage
        private var entries: ArraySlice<StateEntry> = []
        private var cursor: String?
        private var isLastPage = false

        fileprivate init(fetch: @escaping @Sendable (_ cursor: String?) async throws -> StatePage) {
            self.fetch = fetch
        }

        /// The next entry; `nil` when there is none any more.
        public mutating func next() async throws -> StateEntry? {
            while entries.isEmpty {
                if isLastPage || Task.isCancelled { return nil }
                let page = try await fetch(cursor)
                entries = page.entries[...]
                cursor = page.cursor
                isLastPage = page.cursor == nil
            }
            return entries.popFirst()
        }
    }
}
