// Lists of texts as C takes them.

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
