// From a pipeline to a workflow of the library.

import DistCoord

extension Pipeline {
    /// Builds the workflow and has the library check it. What it finds is told with the line it lies in.
    ///
    /// - Parameter title: The file, for messages.
    func workflow(_ title: String) throws -> BlockingWorkflow {
        do {
            let workflow = try BlockingWorkflow(name)
            try nested { group in
                try located(group.line, title) {
                    try workflow.addGroup(group.name, group: group.group?.name)
                    if let policy = group.policy { try workflow.setPolicy(group.name, policy) }
                    if group.isAlways { try workflow.setAlways(group.name) }
                }
            } orFail: { group in
                throw PipelineReader.complaint(
                    title, [FileFault(group.line, "group '\(group.name)' belongs to itself")])
            }
            for step in steps { try located(step.line, title) { try add(step, to: workflow) } }
            for group in groups { try connect(group.name, group.needs, workflow, title) }
            let known = Set(steps.flatMap { [$0.name] + $0.members } + groups.map(\.name))
            for step in steps {
                try connect(step.name, step.needs, workflow, title)
                // Members of a matrix begin after its needs in any case; as needs of their own these give them their
                // results. One that is not there is told of once.
                let needs = step.needs.filter { known.contains($0.name) }
                for member in step.members { try connect(member, needs, workflow, title) }
            }
            try workflow.validate()
            return workflow
        } catch let error as DistCoordError where error.code == .invalidArgument {
            let faults = error.message.split(separator: "\n").map { FileFault(line(of: $0), String($0)) }
            throw PipelineReader.complaint(title, faults)
        }
    }

    /// Parents before their members.
    private func nested(_ body: (Group) throws -> Void, orFail: (Group) throws -> Void) throws {
        var left = groups
        var known: Set<String> = []
        while !left.isEmpty {
            let ready = left.filter { $0.group.map { known.contains($0.name) } ?? true }
            if let first = left.first, ready.isEmpty { return try orFail(first) }
            for group in ready { try body(group) }
            known.formUnion(ready.map(\.name))
            left.removeAll { known.contains($0.name) }
        }
    }

    private func located(_ line: Int, _ title: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as DistCoordError where error.code == .invalidArgument {
            throw PipelineReader.complaint(title, [FileFault(line, error.message)])
        }
    }

    private func connect(_ name: String, _ needs: [Mention], _ workflow: BlockingWorkflow, _ title: String) throws {
        for need in needs { try located(need.line, title) { try workflow.addNeed(name, need.name) } }
    }

    /// The line of the first thing that a message names; of the longest name where several begin alike.
    private func line(of message: Substring) -> Int {
        let names = steps.map { ($0.name, $0.line) } + groups.map { ($0.name, $0.line) }
        var found: (at: String.Index, length: Int, line: Int)?
        for (name, line) in names {
            guard let at = message.firstRange(of: name)?.lowerBound else { continue }
            if let found, (found.at, -found.length) <= (at, -name.count) { continue }
            found = (at, name.count, line)
        }
        return found?.line ?? 1
    }

    // MARK: Steps

    private func add(_ step: Step, to workflow: BlockingWorkflow) throws {
        let group = step.group?.name
        if !step.matrix.isEmpty {
            try workflow.addGroup(step.name, group: group)
            for combination in step.combinations {
                let member = step.memberName(combination)
                try workflow.addTask(
                    member, group: step.name, arguments: step.arguments(combination), options: step.options)
                if let language = step.language { try workflow.setLanguage(member, language) }
                // Its group always begins; a run that is being stopped would cancel it all the same.
                if step.isAlways { try workflow.setAlways(member) }
            }
        } else if let map = step.map {
            let (from, items): (String?, String?) =
                switch map {
                case .result(let mention): (mention.name, nil)
                case .items(let items): (nil, items.text)
                }
            try workflow.addMap(
                step.name, group: group, from: from, items: items, arguments: step.arguments([]), options: step.options)
        } else {
            try workflow.addTask(step.name, group: group, arguments: step.arguments([]), options: step.options)
        }
        if step.matrix.isEmpty, let language = step.language { try workflow.setLanguage(step.name, language) }
        if let policy = step.policy { try workflow.setPolicy(step.name, policy) }
        if step.isAlways { try workflow.setAlways(step.name) }
    }
}

extension Pipeline.Step {
    /// The names of what a matrix makes of it.
    fileprivate var members: [String] { matrix.isEmpty ? [] : combinations.map(memberName) }

    fileprivate var language: String? {
        switch work {
        case .command: StepCommand.language
        case .foreign(let language, _, _): language.isEmpty ? nil : language
        }
    }

    fileprivate func arguments(_ combination: [(axis: String, value: String)]) throws -> [UInt8] {
        switch work {
        case .foreign(_, _, let arguments): return Array(arguments.text.utf8)
        case .command(var command):
            for (axis, value) in combination {
                command.env = (command.env ?? [:]).merging(["MATRIX_" + axis.uppercased(): value]) { own, _ in own }
            }
            return try command.encoded
        }
    }

    fileprivate var options: PushOptions {
        var options = PushOptions(
            priority: priority, capabilities: requires, maxAttempts: retries + 1, timeout: timeout)
        if let backoff {
            options.firstBackoff = backoff
            options.maxBackoff = max(backoff, options.maxBackoff)
        }
        if let capabilityTimeout { options.capabilityTimeout = capabilityTimeout }
        switch work {
        case .command: options.contentType = StepCommand.contentType
        case .foreign(_, let task, _):
            options.contentType = "application/json"
            if let task { options.task = task }
        }
        return options
    }
}
