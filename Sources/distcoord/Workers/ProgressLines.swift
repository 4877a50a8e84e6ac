// Lines on a command's stderr by which it says how far it is: `::progress 40 resizing`. They are for those who look at
// the job, and do not show among the command's messages.

struct ProgressLines {
    struct Progress {
        let percent: Int
        let text: String
    }

    private static let mark = Array("::progress ".utf8)
    /// What the library takes; more is cut.
    private static let longestText = 1024
    /// A longer one is none of ours, so that an endless one is not remembered without bound.
    private static let longestLine = 4096

    /// The beginning of a line that may still become, or is, one of ours. Nothing else is held back: a prompt without a
    /// newline shows at once.
    private var held: [UInt8] = []
    private var isAtLineStart = true

    /// Takes what was read; gives what is not ours, and the last progress that was said.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> (rest: [UInt8], progress: Progress?) {
        var rest: [UInt8] = []
        var progress: Progress?
        for byte in bytes {
            let isNewline = byte == UInt8(ascii: "\n")
            if isAtLineStart || !held.isEmpty {
                if isNewline, held.starts(with: Self.mark), let said = Self.read(held.dropFirst(Self.mark.count)) {
                    progress = said
                    held = []
                    isAtLineStart = true
                    continue
                }
                let place = held.count
                let mayBeOurs = place < Self.mark.count ? byte == Self.mark[place] : place < Self.longestLine
                if !isNewline, mayBeOurs {
                    held.append(byte)
                    isAtLineStart = false
                    continue
                }
                rest += held
                held = []
            }
            rest.append(byte)
            isAtLineStart = isNewline
        }
        return (rest, progress)
    }

    /// What is held back at the end of the stream; it was none of ours.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held
    }

    /// `40`, `40%`, `40 text`, `40% text`.
    private static func read(_ line: ArraySlice<UInt8>) -> Progress? {
        let digits = line.prefix { (0x30...0x39).contains($0) }
        guard let percent = Int(String(decoding: digits, as: UTF8.self)), percent <= 100 else { return nil }
        var rest = line.dropFirst(digits.count)
        if rest.first == UInt8(ascii: "%") { rest.removeFirst() }
        guard rest.isEmpty || rest.first == UInt8(ascii: " ") else { return nil }
        return Progress(percent: percent, text: text(rest))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        // A NUL would cut it, a carriage return is the other half of a newline.
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.filter { $0.value >= 0x20 }
        var text = String(String.UnicodeScalarView(scalars).drop { $0 == " " })
        while text.utf8.count > longestText { text.removeLast() }
        return text
    }
}
