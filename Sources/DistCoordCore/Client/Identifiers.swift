// Identities: of clients, of jobs. Random numbers of libuuid, written short.

import CUUID

enum Identifiers {
    private static let alphabet = [UInt8]("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Bytes of a text that `make` returns.
    static let length = 22

    /// A random identity of 128 bits as 22 letters and digits: ten bytes shorter than hexadecimal, which counts where
    /// millions of jobs wait, and without characters that a shell or a URL would mind.
    static func make() -> String {
        String(unsafeUninitializedCapacity: length) { buffer in
            fill(buffer)
            return length
        }
    }

    /// Writes an identity into the first 22 bytes of a buffer.
    private static func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &uuid) { bytes in
            if let base = bytes.baseAddress { uuid_generate_random(base.assumingMemoryBound(to: UInt8.self)) }
        }
        withUnsafeBytes(of: uuid) { bytes in
            // Eleven digits of base 62 hold 64 bits.
            for half in 0..<2 {
                var rest = bytes.loadUnaligned(fromByteOffset: half * 8, as: UInt64.self)
                for digit in 0..<11 {
                    buffer[half * 11 + digit] = alphabet[Int(rest % 62)]
                    rest /= 62
                }
            }
        }
    }
}
