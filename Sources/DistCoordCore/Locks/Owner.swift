// Ids of owners as the server has them: one word, because what others see of a holder follows after a space.

enum Owner {
    /// Longest id in bytes.
    static let limit = 256

    static func encoded(_ id: String) -> String {
        guard id.utf8.contains(where: { $0 == 0x20 || $0 == 0x25 }) else { return id }
        var text = ""
        for scalar in id.unicodeScalars {
            switch scalar {
            case " ": text += "%20"
            case "%": text += "%25"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(0x25) else { return String(text) }
        var id = ""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            // Every percent sign is followed by the two digits that `encoded` wrote.
            if scalar == "%" {
                rest = rest.dropFirst()
                id += rest.popFirst() == "0" ? " " : "%"
            } else {
                id.unicodeScalars.append(scalar)
            }
        }
        return id
    }
}
