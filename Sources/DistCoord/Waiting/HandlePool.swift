// Handles for calls that wait.

import Synchronization

/// Handles on one thing. The library's cancel ends all waits of one handle, so that each wait takes one of these for
/// itself; they come back, as what the library prepared for a handle is worth keeping.
final class HandlePool<Handle: Sendable>: Sendable {
    private let maxIdle = 16
    private let idle = Mutex<[Handle]>([])
    private let make: @Sendable () throws -> Handle

    init(_ make: @escaping @Sendable () throws -> Handle) { self.make = make }

    /// With one handle that was made already.
    init(first: Handle, _ make: @escaping @Sendable () throws -> Handle) {
        self.make = make
        idle.withLock { $0.append(first) }
    }

    /// The pool with one handle made ahead, for arguments that are to be refused at once.
    func prepared() throws -> HandlePool {
        let handle = try make()
        idle.withLock { $0.append(handle) }
        return self
    }

    /// Runs the body with a handle that nobody else uses meanwhile.
    func with<Value>(_ body: (Handle) async throws -> Value) async throws -> Value {
        let handle = try idle.withLock { $0.popLast() } ?? make()
        defer { giveBack(handle) }
        return try await body(handle)
    }

    private func giveBack(_ handle: Handle) { idle.withLock { if $0.count < maxIdle { $0.append(handle) } } }

    /// Runs a call that returns at once on such a handle.
    func now<Value>(_ call: (Handle) throws -> Value) throws -> Value {
        let handle = try idle.withLock { $0.popLast() } ?? make()
        defer { giveBack(handle) }
        return try call(handle)
    }

    /// Runs a call of one round trip on such a handle.
    func call<Value: Sendable>(_ call: @escaping @Sendable (Handle) throws -> Value) async throws -> Value {
        try await with { handle in try await offload { try call(handle) } }
    }
}
