// Lua scripts, sent by their digest.

import COpenSSL
import Synchronization

/// A script that the server keeps under its SHA-1 digest.
public final class Script: Sendable {
    /// For messages and logs.
    public let name: String
    /// The Lua text.
    public let source: String
    /// What EVALSHA calls it: 40 hexadecimal digits.
    let digest: String
    /// Makes the source of the form that is run when a call names two keys; nil: there is no other form.
    private let sourceForTwoKeys: (@Sendable (_ source: String) -> String)?
    // That form, retained, made when it is first needed and never released. No lock guards it: a forked child might
    // inherit one that is held. (Unsafe only to the compiler: the pointer is to a Sendable object.)
    private nonisolated(unsafe) let formForTwoKeys = Atomic<UnsafeMutableRawPointer?>(nil)

    public init(
        name: String, source: String, sourceForTwoKeys: (@Sendable (_ source: String) -> String)? = nil
    ) {
        self.name = name
        self.source = source
        self.sourceForTwoKeys = sourceForTwoKeys
        var hash = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        var context = SHA_CTX()
        var text = source
        SHA1_Init(&context)
        text.withUTF8 { _ = SHA1_Update(&context, $0.baseAddress, $0.count) }
        SHA1_Final(&hash, &context)
        digest = SHA256.hexadecimal(hash)
    }
}

extension Script {
    /// The form that a call with so many keys runs.
    fileprivate func form(keyCount: Int) -> Script {
        guard keyCount == 2, let sourceForTwoKeys else { return self }
        if let made = formForTwoKeys.load(ordering: .acquiring) {
            return Unmanaged<Script>.fromOpaque(made).takeUnretainedValue()
        }
        let form = Unmanaged.passRetained(Script(name: name, source: sourceForTwoKeys(source)))
        let (isOurs, present) = formForTwoKeys.compareExchange(
            expected: nil, desired: form.toOpaque(), ordering: .acquiringAndReleasing)
        guard !isOurs, let present else { return form.takeUnretainedValue() }
        form.release()
        return Unmanaged<Script>.fromOpaque(present).takeUnretainedValue()
    }
}

/// One call of a script: which keys, which arguments.
public struct ScriptCall: Sendable {
    public let script: Script
    public let keys: [String]
    public let argumentCount: Int
    let writeArguments: @Sendable (CommandWriter, _ isResent: Bool) -> Void

    /// - Parameters:
    ///   - argumentCount: How many arguments `arguments` writes, no more and no fewer.
    ///   - arguments: Writes them; asked again when the call is sent again, then with true.
    public init(
        _ script: Script, keys: [String], argumentCount: Int,
        arguments: @escaping @Sendable (CommandWriter, _ isResent: Bool) -> Void
    ) {
        self.script = script
        self.keys = keys
        self.argumentCount = argumentCount
        writeArguments = arguments
    }

    /// A call whose arguments are texts, the same each time it is sent.
    public init(_ script: Script, keys: [String], arguments: [String]) {
        self.init(script, keys: keys, argumentCount: arguments.count) { writer, _ in
            for argument in arguments { writer.argument(argument) }
        }
    }

    func write(to writer: CommandWriter, bySource: Bool, isResent: Bool) {
        script.begin(writer, keys: keys, argumentCount: argumentCount, bySource: bySource)
        writeArguments(writer, isResent)
    }
}

extension Script {
    /// Begins a call; its arguments must follow.
    func begin(_ writer: CommandWriter, keys: [String], argumentCount: Int, bySource: Bool) {
        let form = form(keyCount: keys.count)
        writer.begin(count: 3 + keys.count + argumentCount)
        if bySource {
            writer.argument("EVAL" as StaticString)
            writer.argument(form.source)
        } else {
            writer.argument("EVALSHA" as StaticString)
            writer.argument(form.digest)
        }
        writer.argument(Int64(keys.count))
        for key in keys { writer.argument(key) }
    }
}
