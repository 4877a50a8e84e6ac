// What ends when, the earliest first.

import DistCoordRedis

/// A binary heap of elements by their moments.
struct DeadlineHeap<Element> {
    private var heap: [(element: Element, moment: Instant)] = []

    var count: Int { heap.count }

    var first: (element: Element, moment: Instant)? { heap.first }

    mutating func add(_ element: Element, at moment: Instant) {
        heap.append((element, moment))
        var place = heap.count - 1
        while place > 0, heap[place].moment < heap[(place - 1) / 2].moment {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var place = 0
        while true {
            let children = (2 * place + 1)..<min(2 * place + 3, max(heap.count, 2 * place + 1))
            guard let least = children.min(by: { heap[$0].moment < heap[$1].moment }),
                heap[least].moment < heap[place].moment
            else { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
