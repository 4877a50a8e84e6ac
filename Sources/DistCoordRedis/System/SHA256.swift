// SHA-256, as libcrypto computes it.

import COpenSSL

/// A digest of bytes that come in pieces.
public struct SHA256 {
    private var context = SHA256_CTX()

    public init() {
        // The low-level functions: they need no set-up, see COpenSSL/shim.h.
        SHA256_Init(&context)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count > 0 { SHA256_Update(&context, bytes.baseAddress, bytes.count) }
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest in 64 hexadecimal digits. Nothing may follow.
    public mutating func finish() -> String {
        var hash = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256_Final(&hash, &context)
        return SHA256.hexadecimal(hash)
    }

    /// Bytes as hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = [UInt8]("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
