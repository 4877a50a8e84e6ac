// What a job's command finds in its environment.

import DistCoord

enum JobVariables {
    static func of(_ job: BlockingJob, worker: String) -> [(name: String, value: String)] {
        let headers = job.headers
        var variables = [
            ("DISTCOORD_JOB_ID", job.id), ("DISTCOORD_QUEUE", job.queue), ("DISTCOORD_TASK", job.task),
            ("DISTCOORD_ATTEMPT", String(job.attempt)), ("DISTCOORD_MAX_ATTEMPTS", String(job.maxAttempts)),
            ("DISTCOORD_FENCE", String(job.fence)), ("DISTCOORD_WORKER", worker),
            ("DISTCOORD_CONTENT_TYPE", job.contentType), ("DISTCOORD_BATCH", job.batch ?? ""),
        ]
        for (name, variable) in TraceContext.variables {
            if let value = headers[name] { variables.append((variable, value)) }
        }
        // The prefix keeps whoever pushes from setting PATH.
        for name in headers.keys.sorted() {
            variables.append(("DISTCOORD_HEADER_" + upper(name), headers[name] ?? ""))
        }
        return variables.map { (name: $0.0, value: $0.1) }
    }

    /// As shells allow variables to be named.
    private static func upper(_ name: String) -> String {
        String(
            decoding: name.utf8.map { byte -> UInt8 in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 0x20
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
                default: UInt8(ascii: "_")
                }
            }, as: UTF8.self)
    }
}
