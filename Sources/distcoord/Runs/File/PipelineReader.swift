// From a tree to a pipeline: which keys there are, what they may hold, and what goes together.

import DistCoord
import Glibc

struct PipelineReader {
    private static let topKeys = [
        "name", "steps", "groups", "env", "timeout", "fail-fast", "shell", "capability-timeout",
    ]
    private static let groupKeys = ["policy", "at-least", "needs", "group", "always"]
    private static let stepKeys = [
        "run", "needs", "requires", "retries", "backoff", "timeout", "when", "matrix", "map", "policy", "at-least",
        "always", "env", "dir", "shell", "group", "artifacts", "language", "task", "arguments", "priority",
        "capability-timeout",
    ]
    /// What only the shell's side of a step makes use of.
    private static let commandKeys = ["when", "env", "dir", "shell", "artifacts"]
    private static let artifactKeys = ["publish", "fetch"]
    private static let longestAttempt: ClosedRange<Duration> = .milliseconds(10)...Duration.seconds(30 * 86_400)
    private static let longestName = 200
    private static let mostCombinations = 1000

    private let faults = FileFaults()
    private var env: [String: String] = [:]
    private var shell: String?
    private var capabilityTimeout: Duration?

    /// Reads a file; `-` is stdin. Everything that is wrong is told at once.
    static func read(_ path: String) throws -> Pipeline {
        let text = try contents(path)
        let title = path == "-" ? "stdin" : path
        let faults: [FileFault]
        do {
            guard let root = try YAMLParser.parse(text) else { throw FileFault(1, "the file is empty") }
            var reader = PipelineReader()
            let pipeline = reader.pipeline(root, named: defaultName(path))
            if reader.faults.list.isEmpty { return pipeline }
            faults = reader.faults.list
        } catch let fault as FileFault {
            faults = [fault]
        }
        throw complaint(title, faults)
    }

    /// `file:line: message` for each, as editors know to jump to.
    static func complaint(_ title: String, _ faults: [FileFault]) -> Complaint {
        let lines = faults.sorted { $0.line < $1.line }.map { "\(title):\($0.line): \($0.message)" }
        return Complaint(lines.joined(separator: "\n\(Program.name): "), status: ExitStatus.badConfiguration)
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        if path == "-" { return try StandardInput.all() }
        guard let bytes = SmallFile.read(path) else {
            throw Complaint("\(path): \(String(cString: strerror(errno)))", status: ExitStatus.badConfiguration)
        }
        return bytes
    }

    /// The file's name without directory and ending.
    private static func defaultName(_ path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? ""
        let name = file.split(separator: ".").first.map(String.init) ?? ""
        return name.isEmpty || path == "-" ? "pipeline" : name
    }

    // MARK: The whole

    private mutating func pipeline(_ root: YAMLNode, named name: String) -> Pipeline {
        var pipeline = Pipeline(name: name)
        guard let fields = FileFields(root, "the file", known: Self.topKeys, faults) else { return pipeline }
        if let written = fields.text("name") { pipeline.name = written }
        check(name: pipeline.name, "the pipeline", fields.line(of: "name"))
        env = fields.variables("env")
        shell = fields.text("shell")
        capabilityTimeout = fields.duration("capability-timeout", .seconds(1)...Duration.seconds(30 * 86_400))
        pipeline.timeout = fields.duration("timeout", .seconds(1)...Duration.seconds(30 * 86_400))
        pipeline.failFast = fields.flag("fail-fast")
        if let node = fields.node("groups") {
            for (key, value) in members(node, "'groups'") { pipeline.groups += group(key, value).map { [$0] } ?? [] }
        }
        guard let node = fields.node("steps") else {
            faults.add(fields.line, "the file has no 'steps'")
            return pipeline
        }
        for (key, value) in members(node, "'steps'") { pipeline.steps += step(key, value).map { [$0] } ?? [] }
        if pipeline.steps.isEmpty, faults.list.isEmpty { faults.add(node.line, "'steps' names no step") }
        checkNames(pipeline)
        return pipeline
    }

    private func members(_ node: YAMLNode, _ title: String) -> [(key: YAMLNode.Key, value: YAMLNode)] {
        guard case .map(let pairs) = node.content else {
            faults.add(node.line, "\(title) is a map of names, not \(node.kind)")
            return []
        }
        return pairs
    }

    private func check(name: String, _ title: String, _ line: Int) {
        let isFit = (1...Self.longestName).contains(name.utf8.count) && name == name.visible
        if !isFit || name.contains("[") || name.contains("]") {
            faults.add(
                line, "\(title): a name is a text of 1 to \(Self.longestName) bytes without control characters, [ and ]"
            )
        }
    }

    /// Names that are not there, and names that are there twice.
    private func checkNames(_ pipeline: Pipeline) {
        var lines: [String: Int] = [:]
        func define(_ name: String, _ line: Int) {
            if let first = lines.updateValue(line, forKey: name) {
                faults.add(line, "'\(name)' is the name of two things; the other is in line \(first)")
            }
        }
        for group in pipeline.groups { define(group.name, group.line) }
        for step in pipeline.steps {
            define(step.name, step.line)
            if !step.matrix.isEmpty { for row in step.combinations { define(step.memberName(row), step.line) } }
        }
        let names = lines.keys.sorted()
        let groups = pipeline.groups.map(\.name)
        func look(_ mentions: [Pipeline.Mention], _ title: String, _ what: String, _ known: [String]) {
            for mention in mentions where !known.contains(mention.name) {
                let hint = FileFaults.suggestion(mention.name, known)
                faults.add(mention.line, "\(title): there is no \(what) '\(mention.name)'\(hint)")
            }
        }
        for group in pipeline.groups {
            look(group.needs, "group '\(group.name)'", "step", names)
            look(group.group.map { [$0] } ?? [], "group '\(group.name)'", "group", groups)
        }
        for step in pipeline.steps {
            look(step.needs, "step '\(step.name)'", "step", names)
            look(step.group.map { [$0] } ?? [], "step '\(step.name)'", "group", groups)
            if case .result(let mention) = step.map { look([mention], "step '\(step.name)'", "step", names) }
        }
    }

    // MARK: Groups

    private func group(_ key: YAMLNode.Key, _ node: YAMLNode) -> Pipeline.Group? {
        let title = "group '\(key.name)'"
        check(name: key.name, title, key.line)
        guard let fields = FileFields(node, title, known: Self.groupKeys, faults) else { return nil }
        return Pipeline.Group(
            name: key.name, line: key.line, policy: policy(fields), group: fields.mention("group"),
            needs: fields.texts("needs"), isAlways: fields.flag("always"))
    }

    /// `all`, `best-effort`, `at-least 2`; or `at-least: 2` as a key of its own.
    private func policy(_ fields: FileFields) -> GroupPolicy? {
        let least = fields.number("at-least", 1...1_000_000)
        guard let text = fields.text("policy") else { return least.map { .atLeast($0) } }
        let words = text.split(separator: " ")
        switch words.first {
        case "all" where words.count == 1: return .all
        case "best-effort" where words.count == 1: return .bestEffort
        case "at-least":
            if words.count == 2, let number = Int(words[1]), number >= 1 { return .atLeast(number) }
            if words.count == 1, let least { return .atLeast(least) }
        default: break
        }
        fields.complain("policy", "'policy' is all, best-effort, or at-least with a number, not '\(text)'")
        return nil
    }

    // MARK: Steps

    private func step(_ key: YAMLNode.Key, _ node: YAMLNode) -> Pipeline.Step? {
        let title = "step '\(key.name)'"
        check(name: key.name, title, key.line)
        guard let fields = FileFields(node, title, known: Self.stepKeys, faults), let work = work(fields) else {
            return nil
        }
        var step = Pipeline.Step(name: key.name, line: key.line, work: work)
        step.needs = fields.texts("needs")
        step.group = fields.mention("group")
        step.requires = capabilities(fields)
        step.retries = fields.number("retries", 0...254) ?? 0
        step.backoff = fields.duration("backoff", .zero...Duration.seconds(86_400))
        step.timeout = fields.duration("timeout", Self.longestAttempt)
        step.capabilityTimeout =
            fields.duration("capability-timeout", .seconds(1)...Duration.seconds(30 * 86_400)) ?? capabilityTimeout
        step.priority = fields.number("priority", Int64(Int32.min)...Int64(Int32.max)) ?? 0
        step.isAlways = fields.flag("always")
        step.matrix = matrix(fields)
        step.map = map(fields)
        step.policy = policy(fields)
        if fields.has("matrix"), fields.has("map") { fields.complain("map", "'matrix' and 'map' exclude each other") }
        if step.policy != nil, !fields.has("matrix"), !fields.has("map") {
            fields.complain(fields.has("policy") ? "policy" : "at-least", "a policy goes with 'matrix' or 'map'")
        }
        return step
    }

    private func work(_ fields: FileFields) -> Pipeline.Work? {
        guard let node = fields.node("run") else { return foreign(fields) }
        for key in ["task", "arguments"] where fields.has(key) {
            fields.complain(key, "'\(key)' is for steps of other languages, without 'run'")
        }
        if let language = fields.text("language"), language != StepCommand.language {
            fields.complain("language", "'run' and language '\(language)' exclude each other")
        }
        guard let run = run(node, fields) else { return nil }
        var command = StepCommand(run: run)
        command.shell = fields.text("shell") ?? shell
        command.when = fields.text("when")
        let variables = env.merging(fields.variables("env")) { $1 }
        command.env = variables.isEmpty ? nil : variables
        command.dir = fields.text("dir")
        if let node = fields.node("artifacts"),
            let artifacts = FileFields(node, "\(fields.title): 'artifacts'", known: Self.artifactKeys, faults)
        {
            let (publish, fetch) = (artifacts.texts("publish").map(\.name), artifacts.texts("fetch").map(\.name))
            command.publish = publish.isEmpty ? nil : publish
            command.fetch = fetch.isEmpty ? nil : fetch
        }
        return .command(command)
    }

    private func run(_ node: YAMLNode, _ fields: FileFields) -> StepCommand.Run? {
        if let text = node.text, !text.utf8.contains(0) { return .text(text) }
        if case .list(let items) = node.content, !items.isEmpty {
            let arguments = items.compactMap { $0.text.flatMap { $0.utf8.contains(0) ? nil : $0 } }
            if arguments.count == items.count { return .arguments(arguments) }
        }
        faults.add(
            node.line, "\(fields.title): 'run' is a text for the shell or a list of arguments, not \(node.kind)")
        return nil
    }

    private func foreign(_ fields: FileFields) -> Pipeline.Work? {
        guard fields.has("language") || fields.has("task") else {
            fields.faults.add(
                fields.line, "\(fields.title) has no 'run', and neither 'language' nor 'task' for another program")
            return nil
        }
        for key in Self.commandKeys where fields.has(key) { fields.complain(key, "'\(key)' goes with 'run'") }
        let language = fields.text("language") ?? ""
        if language == StepCommand.language { fields.complain("language", "a step of the shell has 'run'") }
        return .foreign(
            language: language, task: fields.text("task"), arguments: fields.node("arguments")?.json ?? .null)
    }

    private func capabilities(_ fields: FileFields) -> [String] {
        fields.texts("requires").compactMap { mention in
            let name = mention.name
            let isFit =
                (1...64).contains(name.utf8.count)
                && name.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                        || "._+-:/".utf8.contains(byte)
                }
            if isFit { return name }
            faults.add(
                mention.line, "\(fields.title): capability '\(name)': 1 to 64 letters, digits and ._+-:/ are allowed")
            return nil
        }
    }

    private func matrix(_ fields: FileFields) -> [Pipeline.Axis] {
        guard let node = fields.node("matrix") else { return [] }
        guard case .map(let pairs) = node.content, !pairs.isEmpty else {
            faults.add(node.line, "\(fields.title): 'matrix' is a map of names and lists of values, not \(node.kind)")
            return []
        }
        var axes: [Pipeline.Axis] = []
        for (key, value) in pairs {
            guard case .list(let items) = value.content, !items.isEmpty, items.allSatisfy({ $0.text != nil }) else {
                faults.add(
                    value.line, "\(fields.title): '\(key.name)' of 'matrix' is a list of values, not \(value.kind)")
                continue
            }
            if !FileFields.isVariable(key.name) {
                faults.add(key.line, "\(fields.title): '\(key.name)' of 'matrix': letters, digits and _ are allowed")
            }
            axes.append(Pipeline.Axis(name: key.name, values: items.compactMap(\.text)))
        }
        let count = axes.reduce(1) { min($0 * $1.values.count, Self.mostCombinations + 1) }
        if count > Self.mostCombinations {
            fields.complain("matrix", "'matrix' makes more than \(Self.mostCombinations) steps")
            return []
        }
        for axis in axes {
            for value in axis.values { check(name: value, "\(fields.title): '\(axis.name)' of 'matrix'", node.line) }
        }
        return axes
    }

    private func map(_ fields: FileFields) -> Pipeline.Map? {
        guard let node = fields.node("map") else { return nil }
        switch node.content {
        case .list: return .items(node.json)
        case .scalar: return fields.mention("map").map { .result($0) }
        case .map:
            faults.add(node.line, "\(fields.title): 'map' is the name of a step or a list, not \(node.kind)")
            return nil
        }
    }
}
