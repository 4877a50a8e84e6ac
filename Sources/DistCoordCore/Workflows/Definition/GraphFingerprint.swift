// A number of what a workflow says. The order in which nodes were added does not count: programs go over sets and
// dictionaries in an order that differs from process to process, and mean the same. The order of a node's needs does:
// it is that of its inputs.

import DistCoordRedis

extension GraphDraft {
    /// SHA-256 of all nodes in the order of their names, in hexadecimal digits.
    func fingerprint() -> String {
        let needs = NumberLists(count: names.count, self.needs.map { ($0.node, $0.needed) })
        var hash = SHA256()
        var packed = PackedBytes()
        packed.append(part: UInt8(ascii: "w"), name)
        let byName = names.enumerated().sorted { $0.element < $1.element }
        for (number, name) in byName {
            if let index = nodeOfName[number] {
                let node = nodes[index]
                packed.append(part: UInt8(ascii: "N"), name)
                packed.append(small: Int(node.kind.rawValue))
                packed.append(small: node.runsAlways ? 1 : 0)
                packed.append(small: Int(node.policy.rawValue))
                packed.append(Int(node.least), bytes: 4)
                appendDefinition(of: index, group: nil, needs: needs[number], to: &packed)
            } else if !needs[number].isEmpty {
                packed.append(part: UInt8(ascii: "?"), name)
                packed.append(part: DefinitionPart.needs, lines: needs[number].lazy.map { names[$0] })
            }
            hash.update(packed.bytes)
            packed.bytes.removeAll(keepingCapacity: true)
        }
        let said = loops.map { [names[$0.first], names[$0.last], String($0.atMost)] }
        for loop in said.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            packed.append(part: DefinitionPart.loop, lines: loop)
        }
        hash.update(packed.bytes)
        return hash.finish()
    }
}
