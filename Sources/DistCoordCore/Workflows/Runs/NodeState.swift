// What the server keeps of a node: its packed forms are laid out in Workflows/Lua/workflow_nodes.lua.

import DistCoordRedis

/// The packed state of a node.
struct NodeState: Sendable {
    let kind: RunTask.Kind
    let state: TaskState
    /// In which order it was added; of an item: its place in the list.
    let index: Int64
    let readyMilliseconds: Int64
    let endedMilliseconds: Int64
    /// Of the last claim of its job, or of the accepted settlement; 0 when there was none.
    let fence: Int64
    let attempts: Int32
    let round: Int32

    /// Identity of the client that ended it; "" when nobody did.
    let client: String

    /// Without the client.
    static let length = 60
    /// Where the index is, four bytes.
    static let indexPlace = 24

    /// Reads a packed state; nil when it is not one.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= NodeState.length, let kind = RunTask.Kind(rawValue: Int32(bytes[0])),
            let state = TaskState(rawValue: Int32(bytes[1]))
        else { return nil }
        /// A little-endian number.
        func number(_ place: Int, _ length: Int) -> Int64 {
            (0..<length).reduce(0) { $0 | Int64(bytes[place + $1]) << Int64(8 * $1) }
        }
        self.kind = kind
        self.state = state
        index = number(NodeState.indexPlace, 4)
        readyMilliseconds = number(28, 6)
        endedMilliseconds = number(42, 6)
        fence = number(48, 8)
        attempts = Int32(bytes[56])
        round = Int32(truncatingIfNeeded: number(58, 2))
        client = String(decoding: bytes.dropFirst(NodeState.length), as: UTF8.self)
    }
}

/// What a node's end left behind.
struct NodeOutcome: Sendable {
    enum Content: Sendable {
        case result([UInt8])
        case failure(JobFailure)
        /// Why it was skipped, cancelled or blocked.
        case reason(String)
    }

    let content: Content

    /// Reads a packed outcome; one that is cut off has what is there, nothing is an empty result.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let kind = bytes.first else {
            content = .result([])
            return
        }
        let packed = bytes.dropFirst()
        content =
            switch kind {
            case 0: .result([UInt8](packed))
            case 1: .failure(JobFailure(packed: [UInt8](packed)[...]))
            default: .reason(String(decoding: packed, as: UTF8.self))
            }
    }

    /// What went wrong, or why it did not run; "" of a result.
    var error: String {
        switch content {
        case .result: ""
        case .failure(let failure): failure.message
        case .reason(let text): text
        }
    }

    /// The result, or the error as text.
    var bytes: [UInt8] {
        if case .result(let bytes) = content { return bytes }
        return Array(error.utf8)
    }
}
