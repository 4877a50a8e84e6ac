// What a subscription or a consumer has for its reader: first in, first out.

/// Messages in order.
struct MessageQueue<Element> {
    private var elements: [Element?] = []
    /// Those before it were taken.
    private var first = 0

    var count: Int { elements.count - first }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    mutating func popFirst() -> Element? {
        guard first < elements.count else { return nil }
        let element = elements[first]
        elements[first] = nil
        first += 1
        // Each element is moved once at most for each that was taken.
        if first * 2 > elements.count {
            elements.removeFirst(first)
            first = 0
        }
        return element
    }

    mutating func removeAll() {
        elements.removeAll()
        first = 0
    }

    /// Those that were not taken.
    var all: [Element] { elements[first...].compactMap { $0 } }
}
