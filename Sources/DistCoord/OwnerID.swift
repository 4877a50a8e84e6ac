// Owner ids that nobody else has.

enum OwnerID {
    /// 128 random bits: nobody will ever make the same again, on whichever machine.
    static func make() -> String {
        func digits(_ number: UInt64) -> String {
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return "task-" + digits(.random(in: .min ... .max)) + digits(.random(in: .min ... .max))
    }
}
