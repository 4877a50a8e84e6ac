// What a step runs, as it travels to the worker that runs it.

import DistCoord
import FoundationEssentials

/// A command with all that its worker must know of it: the file is not needed where it runs.
struct StepCommand: Codable {
    /// The content type of the arguments that it is.
    static let contentType = "application/vnd.distcoord.step+json"
    /// The language that workers of steps speak.
    static let language = "shell"
    /// What a worker has that understands steps.
    static let capability = "lang:\(language)"

    enum Run: Codable {
        /// For the shell.
        case text(String)
        /// A program and its arguments.
        case arguments([String])

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            self = try (try? value.decode(String.self)).map { .text($0) } ?? .arguments(value.decode([String].self))
        }

        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            switch self {
            case .text(let text): try value.encode(text)
            case .arguments(let arguments): try value.encode(arguments)
            }
        }
    }

    var run: Run
    var shell: String?
    /// Decides whether it runs at all.
    var when: String?
    var env: [String: String]?
    /// Where it runs, from the worker's own directory.
    var dir: String?
    var publish: [String]?
    var fetch: [String]?

    /// Equal commands give equal bytes: the workflow's fingerprint is made of them.
    var encoded: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try [UInt8](encoder.encode(self))
        }
    }

    init(run: Run) { self.run = run }

    init(decoding bytes: [UInt8]) throws { self = try JSONDecoder().decode(StepCommand.self, from: Data(bytes)) }

    /// What is started for it.
    var arguments: [String] {
        switch run {
        case .text(let text): shellArguments(text)
        case .arguments(let arguments): arguments
        }
    }

    /// A text ends with the first of its commands that fails.
    func shellArguments(_ text: String) -> [String] { [shell ?? "sh", "-ec", text] }

    /// The text that an item of a map is; throws for other JSON.
    static func text(ofItem json: [UInt8]) throws -> String {
        try JSONDecoder().decode(String.self, from: Data(json))
    }
}
