// include/distcoord/job_options.h

public import CDistCoord
import DistCoordCore

/// Options of a job as C holds them.
final class JobOptionsBox {
    var options = JobOptions()
}

extension CoordinationError {
    /// For a number that is none of those the header names.
    fileprivate static func invalidMode(_ number: Int32) -> CoordinationError {
        CoordinationError(.invalidArgument, "\(number) is none of the modes of job_options.h")
    }
}

@implementation @_cdecl("distcoord_job_options_new")
public func distcoord_job_options_new() -> OpaquePointer! {
    HandleBox.make(JobOptionsBox())
}

@implementation @_cdecl("distcoord_job_options_free")
public func distcoord_job_options_free(_ options: OpaquePointer!) {
    _ = HandleBox.consume(options, as: JobOptionsBox.self)
}

/// Changes options, unless the changed ones are invalid.
private func change(_ options: OpaquePointer?, _ body: (inout JobOptions) throws(CoordinationError) -> Void) -> Int32 {
    setting { () throws(CoordinationError) in
        let box: JobOptionsBox = try require(options, "options")
        var changed = box.options
        try body(&changed)
        try changed.validate()
        box.options = changed
    }
}

@implementation @_cdecl("distcoord_job_options_set_id")
public func distcoord_job_options_set_id(_ options: OpaquePointer!, _ id: UnsafePointer<CChar>!) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.id = id == nil ? nil : try text(id, "id") }
}

@implementation @_cdecl("distcoord_job_options_set_task")
public func distcoord_job_options_set_task(_ options: OpaquePointer!, _ task: UnsafePointer<CChar>!) -> distcoord_status
{
    change(options) { (options) throws(CoordinationError) in options.task = try text(task, "task") }
}

@implementation @_cdecl("distcoord_job_options_set_priority")
public func distcoord_job_options_set_priority(_ options: OpaquePointer!, _ priority: Int32) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.priority = priority }
}

@implementation @_cdecl("distcoord_job_options_set_delay_ms")
public func distcoord_job_options_set_delay_ms(_ options: OpaquePointer!, _ delay_ms: Int64) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        options.delay = delay_ms
        options.at = nil
    }
}

@implementation @_cdecl("distcoord_job_options_set_max_attempts")
public func distcoord_job_options_set_max_attempts(_ options: OpaquePointer!, _ attempts: Int32) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.maxAttempts = Int(attempts) }
}

@implementation @_cdecl("distcoord_job_options_set_backoff_ms")
public func distcoord_job_options_set_backoff_ms(
    _ options: OpaquePointer!, _ first_ms: Int64, _ max_ms: Int64
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        options.backoffFirst = first_ms
        options.backoffMax = max_ms
    }
}

@implementation @_cdecl("distcoord_job_options_set_result_ttl_ms")
public func distcoord_job_options_set_result_ttl_ms(_ options: OpaquePointer!, _ ttl_ms: Int64) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.resultTTL = ttl_ms }
}

@implementation @_cdecl("distcoord_job_options_set_at_ms")
public func distcoord_job_options_set_at_ms(_ options: OpaquePointer!, _ unix_ms: Int64) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        options.at = unix_ms
        options.delay = 0
    }
}

@implementation @_cdecl("distcoord_job_options_set_timeout_ms")
public func distcoord_job_options_set_timeout_ms(_ options: OpaquePointer!, _ timeout_ms: Int64) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.timeout = timeout_ms }
}

@implementation @_cdecl("distcoord_job_options_set_content_type")
public func distcoord_job_options_set_content_type(
    _ options: OpaquePointer!, _ content_type: UnsafePointer<CChar>!
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        options.contentType = try text(content_type, "content_type")
    }
}

@implementation @_cdecl("distcoord_job_options_set_header")
public func distcoord_job_options_set_header(
    _ options: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ value: UnsafePointer<CChar>!
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        try options.setHeader(try text(name, "name"), value == nil ? nil : try text(value, "value"))
    }
}

@implementation @_cdecl("distcoord_job_options_set_unique")
public func distcoord_job_options_set_unique(
    _ options: OpaquePointer!, _ key: UnsafePointer<CChar>!, _ mode: Int32
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        guard let chosen = UniqueMode(rawValue: mode) else { throw .invalidMode(mode) }
        options.uniqueKey = key == nil ? nil : try text(key, "key")
        options.uniqueMode = chosen
    }
}

@implementation @_cdecl("distcoord_job_options_set_concurrency_key")
public func distcoord_job_options_set_concurrency_key(
    _ options: OpaquePointer!, _ key: UnsafePointer<CChar>!
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        options.concurrencyKey = key == nil ? nil : try text(key, "key")
    }
}

@implementation @_cdecl("distcoord_job_options_set_capabilities")
public func distcoord_job_options_set_capabilities(
    _ options: OpaquePointer!, _ capabilities: UnsafePointer<CChar>!
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        try options.setCapabilities(try text(capabilities, "capabilities"))
    }
}

@implementation @_cdecl("distcoord_job_options_set_capability_timeout_ms")
public func distcoord_job_options_set_capability_timeout_ms(
    _ options: OpaquePointer!, _ timeout_ms: Int64
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in options.capabilityTimeout = timeout_ms }
}

@implementation @_cdecl("distcoord_job_options_set_pool")
public func distcoord_job_options_set_pool(
    _ options: OpaquePointer!, _ pool: UnsafePointer<CChar>!
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in try options.setPool(try text(pool, "pool")) }
}

@implementation @_cdecl("distcoord_job_options_set_worker")
public func distcoord_job_options_set_worker(
    _ options: OpaquePointer!, _ worker: UnsafePointer<CChar>!
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        options.worker = worker == nil ? nil : try text(worker, "worker")
    }
}

@implementation @_cdecl("distcoord_job_options_set_after")
public func distcoord_job_options_set_after(
    _ options: OpaquePointer!, _ ids: UnsafePointer<UnsafePointer<CChar>?>!, _ count: Int, _ on_failure: Int32
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        guard let policy = DependencyPolicy(rawValue: on_failure) else { throw .invalidMode(on_failure) }
        options.after = try texts(ids, count, limit: 1_000, "ids")
        options.onFailure = policy
    }
}

@implementation @_cdecl("distcoord_job_options_set_batch")
public func distcoord_job_options_set_batch(
    _ options: OpaquePointer!, _ batch_id: UnsafePointer<CChar>!
) -> distcoord_status {
    change(options) { (options) throws(CoordinationError) in
        options.batch = batch_id == nil ? nil : try text(batch_id, "batch_id")
    }
}
