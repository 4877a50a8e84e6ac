// Lists of texts and of payloads as C takes them.

import CDistCoord
import Glibc

/// Lends the texts to the call as pointers, which are valid for its duration.
func withTexts<Value>(
    _ texts: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) throws(DistCoordError) -> Value
) throws(DistCoordError) -> Value {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let pointers = UnsafeMutableBufferPointer<UnsafePointer<CChar>?>.allocate(capacity: copies.count)
    defer { pointers.deallocate() }
    _ = pointers.initialize(from: copies.map { UnsafePointer($0) })
    return try body(UnsafeBufferPointer(pointers))
}

/// Lends addresses and lengths of the payloads to the call. One flat copy has an address for each that stays the same
/// during the call; arrays in an array have not.
func withAddresses(
    of payloads: [[UInt8]], _ body: ([UnsafeRawPointer?], [Int]) -> distcoord_status
) -> distcoord_status {
    let lengths = payloads.map(\.count)
    var flat: [UInt8] = []
    flat.reserveCapacity(lengths.reduce(0, +))
    for payload in payloads { flat += payload }
    return flat.withUnsafeBytes { bytes in
        var addresses: [UnsafeRawPointer?] = []
        addresses.reserveCapacity(lengths.count)
        var offset = 0
        for length in lengths {
            addresses.append(bytes.baseAddress.map { $0 + offset })
            offset += length
        }
        return body(addresses, lengths)
    }
}
