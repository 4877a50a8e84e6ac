// How far the clocks of a time zone are ahead of UTC, over some years.

/// The offsets of a time zone, from one moment to another.
struct ZoneOffsets: Sendable {
    /// From a moment on, in seconds since 1970, clocks are so many seconds ahead of UTC.
    struct Change: Sendable, Equatable {
        let moment: Int
        let offset: Int
    }

    /// The offset before the first change.
    let first: Int
    /// In order; each is to another offset than the one before.
    let changes: [Change]

    static var utc: ZoneOffsets { ZoneOffsets(first: 0, changes: []) }

    private init(first: Int, changes: [Change]) {
        self.first = first
        self.changes = changes
    }

    /// - Parameters:
    ///   - first: The offset before all changes.
    ///   - changes: In any order; of those at the same moment the last holds. Those until `from` decide the first
    ///     offset.
    ///   - from, through: What is of interest, in seconds since 1970.
    init(first: Int, changes: [Change], from: Int, through: Int) {
        var offset = first
        var first = first
        var kept: [Change] = []
        // Sorting keeps the order of those at the same moment.
        let ordered = changes.enumerated().sorted { ($0.element.moment, $0.offset) < ($1.element.moment, $1.offset) }
        for change in ordered.lazy.map(\.element) where change.moment <= through {
            if change.moment <= from {
                first = change.offset
            } else {
                if kept.last?.moment == change.moment {
                    kept.removeLast()
                    offset = kept.last?.offset ?? first
                }
                if change.offset != offset { kept.append(change) }
            }
            offset = change.offset
        }
        self.first = first
        self.changes = kept
    }

    // The time between two changes is a part, with numbers from 0.

    /// The part in which a moment lies.
    func part(at moment: Int) -> Int {
        changes.lastIndex { $0.moment <= moment }.map { $0 + 1 } ?? 0
    }

    func offset(ofPart part: Int) -> Int {
        changes.indices.contains(part - 1) ? changes[part - 1].offset : first
    }

    /// When a part begins; nil for the first one.
    func start(ofPart part: Int) -> Int? {
        changes.indices.contains(part - 1) ? changes[part - 1].moment : nil
    }

    /// When a part ends; nil for the last one.
    func end(ofPart part: Int) -> Int? {
        changes.indices.contains(part) ? changes[part].moment : nil
    }
}
