// What the command of a step finds in its environment, besides what those of all jobs do.

import DistCoord

enum StepVariables {
    /// - Parameters:
    ///   - folder: Where its inputs are.
    ///   - inputs: What they are.
    static func of(
        _ job: BlockingJob, _ folder: StepFolder, _ inputs: [StepInput]
    ) -> [(name: String, value: String)] {
        var variables = [
            ("DISTCOORD_RUN", job.run), ("DISTCOORD_STEP", job.step), ("DISTCOORD_ROUND", String(job.round)),
            ("DISTCOORD_INPUTS", folder.inputs),
            ("DISTCOORD_FAILED", inputs.filter(\.state.endedBadly).map(\.step).joined(separator: "\n")),
        ]
        if let index = job.index {
            variables += [("DISTCOORD_INDEX", String(index)), ("DISTCOORD_ITEM", plain(job.item ?? []))]
        }
        return variables.map { (name: $0.0, value: $0.1) }
    }

    /// A text without its quotes; anything else as JSON.
    private static func plain(_ item: [UInt8]) -> String {
        (try? StepCommand.text(ofItem: item)) ?? String(decoding: item, as: UTF8.self)
    }
}
