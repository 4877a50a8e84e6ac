// include/distcoord/jobs.h: what is read of a list of jobs.

public import CDistCoord
import DistCoordCore

/// A list of jobs as C holds it.
final class JobListBox {
    enum Text: Int, CaseIterable {
        case id, task, contentType, client, progressText, errorType, errorMessage
        case errorTraceback, errorWorker, capabilities, worker, uniqueKey, concurrencyKey, batch
    }

    struct Line {
        let job: JobListing
        private let texts = LazyTexts(Text.allCases.count)
        /// Names and values in turn.
        private let headers: LazyTexts

        init(_ job: JobListing) {
            self.job = job
            headers = LazyTexts(2 * job.headers.count)
        }

        func text(_ which: Text) -> UnsafePointer<CChar> {
            texts.text(which.rawValue) {
                switch which {
                case .id: job.id
                case .task: job.task
                case .contentType: job.contentType
                case .client: job.client
                case .progressText: job.progressText
                case .errorType: job.failure?.type ?? ""
                case .errorMessage: job.failure?.message ?? ""
                case .errorTraceback: job.failure?.traceback ?? ""
                case .errorWorker: job.failure?.worker ?? ""
                case .capabilities: job.capabilities
                case .worker: job.worker
                case .uniqueKey: job.uniqueKey
                case .concurrencyKey: job.concurrencyKey
                case .batch: job.batch
                }
            }
        }

        /// - Parameter isValue: The value, else the name.
        func header(_ index: Int, isValue: Bool) -> UnsafePointer<CChar> {
            guard job.headers.indices.contains(index) else { return emptyText }
            return headers.text(2 * index + (isValue ? 1 : 0)) {
                isValue ? job.headers[index].value : job.headers[index].name
            }
        }
    }

    let lines: [Line]

    init(_ jobs: [JobListing]) {
        lines = jobs.map { Line($0) }
    }
}

/// A line of a list of C's.
private func line(_ list: OpaquePointer?, _ index: Int) -> JobListBox.Line? {
    guard let box = HandleBox.borrow(list, as: JobListBox.self), box.lines.indices.contains(index) else { return nil }
    return box.lines[index]
}

@implementation @_cdecl("distcoord_job_list_count")
public func distcoord_job_list_count(_ list: OpaquePointer!) -> Int {
    HandleBox.borrow(list, as: JobListBox.self)?.lines.count ?? 0
}

@implementation @_cdecl("distcoord_job_list_payload")
public func distcoord_job_list_payload(
    _ list: OpaquePointer!, _ index: Int, _ out_length: UnsafeMutablePointer<Int>!
) -> UnsafeRawPointer! {
    out_length?.pointee = 0
    guard let line = line(list, index) else { return nil }
    out_length?.pointee = line.job.payload.count
    if line.job.payload.isEmpty { return UnsafeRawPointer(emptyText) }
    // The array is never changed and the box outlives the pointer: its storage stays where it is.
    return line.job.payload.withUnsafeBytes { $0.baseAddress }
}

@implementation @_cdecl("distcoord_job_list_header_name")
public func distcoord_job_list_header_name(
    _ list: OpaquePointer!, _ index: Int, _ header: Int
) -> UnsafePointer<CChar>! {
    line(list, index)?.header(header, isValue: false) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_header_value")
public func distcoord_job_list_header_value(
    _ list: OpaquePointer!, _ index: Int, _ header: Int
) -> UnsafePointer<CChar>! {
    line(list, index)?.header(header, isValue: true) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_id")
public func distcoord_job_list_id(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.id) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_task")
public func distcoord_job_list_task(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.task) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_content_type")
public func distcoord_job_list_content_type(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.contentType) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_client")
public func distcoord_job_list_client(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.client) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_progress_text")
public func distcoord_job_list_progress_text(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.progressText) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_error_type")
public func distcoord_job_list_error_type(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.errorType) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_error_message")
public func distcoord_job_list_error_message(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.errorMessage) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_error_traceback")
public func distcoord_job_list_error_traceback(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.errorTraceback) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_error_worker")
public func distcoord_job_list_error_worker(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.errorWorker) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_capabilities")
public func distcoord_job_list_capabilities(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.capabilities) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_worker")
public func distcoord_job_list_worker(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.worker) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_unique_key")
public func distcoord_job_list_unique_key(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.uniqueKey) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_concurrency_key")
public func distcoord_job_list_concurrency_key(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.concurrencyKey) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_batch")
public func distcoord_job_list_batch(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    line(list, index)?.text(.batch) ?? emptyText
}

@implementation @_cdecl("distcoord_job_list_state")
public func distcoord_job_list_state(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    line(list, index)?.job.place.rawValue ?? -1
}

@implementation @_cdecl("distcoord_job_list_priority")
public func distcoord_job_list_priority(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    line(list, index)?.job.priority ?? 0
}

@implementation @_cdecl("distcoord_job_list_attempt")
public func distcoord_job_list_attempt(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    line(list, index).map { Int32(clamping: $0.job.attempt) } ?? 0
}

@implementation @_cdecl("distcoord_job_list_max_attempts")
public func distcoord_job_list_max_attempts(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    line(list, index).map { Int32(clamping: $0.job.maxAttempts) } ?? 0
}

@implementation @_cdecl("distcoord_job_list_pushed_ms")
public func distcoord_job_list_pushed_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.job.pushedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_job_list_due_ms")
public func distcoord_job_list_due_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.job.moment ?? 0
}

@implementation @_cdecl("distcoord_job_list_header_count")
public func distcoord_job_list_header_count(_ list: OpaquePointer!, _ index: Int) -> Int {
    line(list, index)?.job.headers.count ?? 0
}

@implementation @_cdecl("distcoord_job_list_progress")
public func distcoord_job_list_progress(_ list: OpaquePointer!, _ index: Int) -> Int32 {
    line(list, index)?.job.percent ?? -1
}

@implementation @_cdecl("distcoord_job_list_cancelling")
public func distcoord_job_list_cancelling(_ list: OpaquePointer!, _ index: Int) -> Bool {
    line(list, index)?.job.isCancelling ?? false
}

@implementation @_cdecl("distcoord_job_list_failed_ms")
public func distcoord_job_list_failed_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.job.failedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_job_list_after")
public func distcoord_job_list_after(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    line(list, index)?.job.after ?? 0
}

@implementation @_cdecl("distcoord_job_list_free")
public func distcoord_job_list_free(_ list: OpaquePointer!) {
    _ = HandleBox.consume(list, as: JobListBox.self)
}
