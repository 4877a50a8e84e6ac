// A job between its push and its sending.

import DistCoordRedis
import Glibc

/// A job in a producer's buffer. Its payload is the buffer's own memory: whoever takes a job out of the buffer frees
/// it.
struct BufferedJob: @unchecked Sendable {
    /// Options, shared by all copies of a job: most jobs have none, and they are many times larger than the rest.
    final class Options: Sendable {
        let options: JobOptions

        init(_ options: JobOptions) {
            self.options = options
        }
    }

    let id: String
    let payload: UnsafeRawBufferPointer
    let options: Options?
    let pushedAt: Instant

    /// Copies a payload; fails when the machine has no memory left for it.
    init(
        id: String, payload: UnsafeRawBufferPointer, options: JobOptions?, pushedAt: Instant
    ) throws(CoordinationError) {
        self.id = id
        self.options = options.map { Options($0) }
        self.pushedAt = pushedAt
        guard let source = payload.baseAddress, payload.count > 0 else {
            self.payload = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let copy = malloc(payload.count) else {
            throw CoordinationError(.internalError, "no memory for a payload of \(payload.count) bytes")
        }
        memcpy(copy, source, payload.count)
        self.payload = UnsafeRawBufferPointer(start: copy, count: payload.count)
    }

    /// Gives the payload's memory back; once.
    func free() {
        Glibc.free(UnsafeMutableRawPointer(mutating: payload.baseAddress))
    }

    /// The job as it is to be pushed now: of a delay, which counts from the push, what is left.
    func item(now: Instant) -> PushItem {
        guard let options, options.options.delay > 0 else {
            return PushItem(payload: payload, options: options?.options)
        }
        var present = options.options
        present.delay = pushedAt.advanced(milliseconds: present.delay).milliseconds(from: now)
        return PushItem(payload: payload, options: present)
    }
}
