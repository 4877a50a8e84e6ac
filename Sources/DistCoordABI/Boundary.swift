// Where C ends and Swift begins: pointers to objects and back, errors to statuses, texts that C may keep. Entry points are
// thin; what they share is here, and nowhere else does `Unmanaged` appear.

import DistCoordCore
import Synchronization

/// Objects as opaque pointers.
enum HandleBox {
    /// Hands an object to C, which owns one reference until `consume`.
    static func make(_ object: AnyObject) -> OpaquePointer {
        OpaquePointer(Unmanaged.passRetained(object).toOpaque())
    }

    /// Shows an object to C, which owns nothing: it is there as long as who keeps it.
    static func lend(_ object: AnyObject) -> OpaquePointer {
        OpaquePointer(Unmanaged.passUnretained(object).toOpaque())
    }

    /// Runs `body` with the object behind a pointer of C's, without counting a reference: for what is called millions
    /// of times a second, by many threads. Nil for NULL.
    @inline(__always)
    static func look<Object: AnyObject, Result>(_ pointer: OpaquePointer?, _ body: (Object) -> Result) -> Result? {
        guard let pointer else { return nil }
        return Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer))._withUnsafeGuaranteedRef(body)
    }

    /// The object behind a pointer of C's; nil for NULL.
    @inline(__always)
    static func borrow<Object: AnyObject>(_ pointer: OpaquePointer?, as type: Object.Type = Object.self) -> Object? {
        guard let pointer else { return nil }
        return Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    /// Takes C's reference back; nil for NULL.
    static func consume<Object: AnyObject>(_ pointer: OpaquePointer?, as type: Object.Type = Object.self) -> Object? {
        guard let pointer else { return nil }
        return Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer)).takeRetainedValue()
    }
}

/// The place where C wants an error object.
typealias ErrorOut = UnsafeMutablePointer<OpaquePointer?>

/// Runs the body of an entry point and turns what it throws into a status and an error object.
@inline(__always)
func attempt(_ error: ErrorOut?, _ body: () throws(CoordinationError) -> Status) -> Int32 {
    error?.pointee = nil
    do throws(CoordinationError) {
        return try body().rawValue
    } catch let failure {
        // A call that was cancelled in the middle of a round trip is a normal answer, too.
        if failure.status.rawValue < 0 { error?.pointee = HandleBox.make(ErrorBox(failure)) }
        return failure.status.rawValue
    }
}

/// The object behind a pointer, or an error that names the argument.
@inline(__always)
func require<Object: AnyObject>(
    _ pointer: OpaquePointer?, _ argument: StaticString, as type: Object.Type = Object.self
) throws(CoordinationError) -> Object {
    guard let object = HandleBox.borrow(pointer, as: type) else { throw isNull(argument) }
    return object
}

/// A pointer for a result, or an error that names the argument.
@inline(__always)
func require<Pointee>(
    _ pointer: UnsafeMutablePointer<Pointee>?, _ argument: StaticString
) throws(CoordinationError) -> UnsafeMutablePointer<Pointee> {
    guard let pointer else { throw isNull(argument) }
    return pointer
}

/// A text of C's, copied.
func text(_ pointer: UnsafePointer<CChar>?, _ argument: StaticString) throws(CoordinationError) -> String {
    guard let pointer else { throw isNull(argument) }
    guard let text = String(validatingCString: pointer) else {
        throw CoordinationError(.invalidArgument, "\(argument) is not valid UTF-8")
    }
    return text
}

/// A text of C's, copied; empty for NULL.
func optional(_ pointer: UnsafePointer<CChar>?, _ argument: StaticString) throws(CoordinationError) -> String {
    pointer == nil ? "" : try text(pointer, argument)
}

/// Bytes of C's, borrowed for the call.
func bytes(_ pointer: UnsafeRawPointer?, _ length: Int, _ argument: StaticString) throws(CoordinationError)
    -> UnsafeRawBufferPointer
{
    // A size_t beyond Int.max.
    if length < 0 { throw CoordinationError(.tooLarge, "the length of \(argument) is out of range") }
    if length > 0, pointer == nil {
        throw CoordinationError(.invalidArgument, "\(argument) is NULL but its length is \(length)")
    }
    return UnsafeRawBufferPointer(start: pointer, count: length)
}

private func isNull(_ argument: StaticString) -> CoordinationError {
    CoordinationError(.invalidArgument, "\(argument) is NULL")
}

/// The status of a setter: nothing but invalid can go wrong.
func setting(_ body: () throws(CoordinationError) -> Void) -> Int32 {
    do throws(CoordinationError) {
        try body()
        return Status.ok.rawValue
    } catch {
        return error.status.rawValue
    }
}

/// A text that C may keep as long as the object lives.
final class CText: @unchecked Sendable {
    let pointer: UnsafePointer<CChar>

    init(_ text: String) {
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        bytes.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { copy.initialize(from: base, count: source.count) }
        }
        pointer = UnsafePointer(copy)
    }

    deinit {
        pointer.deallocate()
    }
}

/// A text that lives for ever; string literals end in a NUL.
func constant(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// What accessors answer for NULL.
var emptyText: UnsafePointer<CChar> { constant("") }

/// Texts of C's, copied.
func texts(
    _ pointer: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int, limit: Int, _ argument: StaticString
) throws(CoordinationError) -> [String] {
    guard (0...limit).contains(count) else {
        throw CoordinationError(.invalidArgument, "\(argument) has \(count) entries; at most \(limit) are possible")
    }
    guard count > 0 else { return [] }
    let pointers = try require(pointer.map { UnsafeMutablePointer(mutating: $0) }, argument)
    var copies: [String] = []
    for index in 0..<count { copies.append(try text(pointers[index], argument)) }
    return copies
}

/// Texts that C may keep as long as the object lives, each made when it is first asked for, by any thread.
final class LazyTexts: @unchecked Sendable {
    private let made: UnsafeMutablePointer<Atomic<UnsafeMutablePointer<CChar>?>>
    private let count: Int

    init(_ count: Int) {
        self.count = count
        made = UnsafeMutablePointer.allocate(capacity: max(count, 1))
        for index in 0..<count { (made + index).initialize(to: Atomic(nil)) }
    }

    deinit {
        for index in 0..<count { made[index].load(ordering: .acquiring)?.deallocate() }
        made.deinitialize(count: count)
        made.deallocate()
    }

    /// - Parameter index: Below the count.
    func text(_ index: Int, _ value: () -> String) -> UnsafePointer<CChar> {
        guard (0..<count).contains(index) else { return emptyText }
        if let text = made[index].load(ordering: .acquiring) { return UnsafePointer(text) }
        let bytes = value().utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        bytes.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { copy.initialize(from: base, count: source.count) }
        }
        let (isOurs, present) = made[index].compareExchange(
            expected: nil, desired: copy, ordering: .acquiringAndReleasing)
        guard !isOurs else { return UnsafePointer(copy) }
        copy.deallocate()
        return present.map { UnsafePointer($0) } ?? emptyText
    }
}
