// Identities: of clients, of jobs. Random numbers of libuuid, written short.

import CLibUUID

enum Identifiers {
    private static let alphabet = [UInt8]("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Bytes of a text that `make` returns.
    static let length = 22

    /// A random identity of 128 bits as 22 letters and digits: ten bytes shorter than hexadecimal, which counts where
    /// millions of jobs wait, and without characters that a shell or a URL would mind.
    static func make() -> String {
        var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &uuid) { bytes in
            if let base = bytes.baseAddress { uuid_generate_random(base.assumingMemoryBound(to: UInt8.self)) }
        }
        return withUnsafeBytes(of: uuid) { bytes in
            text(bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }

    /// A random UUID in its usual form, for where people expect one.
    static func uuid() -> String {
        var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        return withUnsafeMutableBytes(of: &uuid) { bytes in
            guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return "" }
            uuid_generate_random(base)
            var text = [CChar](repeating: 0, count: 37)
            uuid_unparse_lower(base, &text)
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// 128 bits as an identity is written: eleven digits of base 62 hold 64 of them.
    static func text(_ first: UInt64, _ second: UInt64) -> String {
        String(unsafeUninitializedCapacity: length) { buffer in
            write(first, to: buffer, from: 0)
            write(second, to: buffer, from: length / 2)
            return length
        }
    }

    private static func write(_ word: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, from start: Int) {
        var rest = word
        for position in start..<(start + length / 2) {
            buffer[position] = alphabet[Int(rest % 62)]
            rest /= 62
        }
    }
}
