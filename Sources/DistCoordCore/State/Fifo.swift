// A queue in an array, for what a watch has to tell.

/// First in, first out.
struct Fifo<Element> {
    private var elements: [Element] = []
    private var start = 0

    var count: Int { elements.count - start }

    var first: Element? { start < elements.count ? elements[start] : nil }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    mutating func removeFirst() {
        guard start < elements.count else { return }
        start += 1
        // Moved together now and then, so that each costs little.
        if start > 64, start > elements.count / 2 {
            elements.removeFirst(start)
            start = 0
        }
    }
}
