// What a process works through a run by: as one of its instances, or as a worker of the queue it was submitted to.

import DistCoord
import Synchronization

protocol RunPlace: Sendable {
    /// As messages name the run.
    var title: String { get }
    /// Where its steps are claimed.
    var source: any JobSource { get }
    var run: BlockingRun { get }
    /// Whether this process speaks for the run where one of all should.
    var speaksForAll: Bool { get }
    /// Whether nobody else works on the run.
    var isAlone: Bool { get }

    func wait(milliseconds: Int64) throws(DistCoordError) -> (answer: Answer, summary: RunSummary?)
    /// Ends the wait in progress.
    func cancel()
    /// What those who work are called, by the identity of their client.
    func workers() throws(DistCoordError) -> [String: String]
}

/// As an instance.
final class InstancePlace: RunPlace {
    let title: String
    let source: any JobSource
    let run: BlockingRun
    private let instance: BlockingInstance

    init(_ instance: BlockingInstance) throws {
        self.instance = instance
        title = "run '\(instance.identity)'"
        source = ClaimedJobs(try instance.queue(), name: "instance \(instance.index)")
        run = try instance.run()
    }

    var speaksForAll: Bool { isAlone || instance.isCoordinator }
    var isAlone: Bool { instance.total == 1 }

    func wait(milliseconds: Int64) throws(DistCoordError) -> (answer: Answer, summary: RunSummary?) {
        try instance.wait(milliseconds: milliseconds)
    }

    func cancel() { instance.cancel() }

    func workers() throws(DistCoordError) -> [String: String] {
        let members = try instance.members()
        return Dictionary(members.map { ($0.worker, String($0.index)) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Jobs that are claimed from a queue one by one.
final class ClaimedJobs: JobSource {
    let name: String
    private let queue: BlockingQueue
    private let isStopped = Atomic(false)

    init(_ queue: BlockingQueue, name: String) {
        self.queue = queue
        self.name = name
    }

    func next(waitMilliseconds: Int64) throws(DistCoordError) -> (answer: Answer, value: BlockingJob?) {
        if isStopped.load(ordering: .acquiring) { return (.empty, nil) }
        let (answer, jobs) = try queue.claim(1, waitMilliseconds: waitMilliseconds)
        return (answer, jobs.first)
    }

    /// To be repeated while there is somebody who claims: a call may be just short of its wait.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        queue.cancel()
    }
}

/// As a worker of the queue.
final class SubmittedPlace: RunPlace {
    let title: String
    let source: any JobSource
    let run: BlockingRun
    let speaksForAll = true
    let isAlone = false
    private let client: BlockingClient

    init(_ client: BlockingClient, _ run: BlockingRun, _ worker: BlockingWorker) {
        self.client = client
        self.run = run
        source = worker
        title = "run '\(run.id)'"
    }

    func wait(milliseconds: Int64) throws(DistCoordError) -> (answer: Answer, summary: RunSummary?) {
        try run.wait(milliseconds: milliseconds)
    }

    func cancel() { run.cancel() }

    func workers() throws(DistCoordError) -> [String: String] {
        Dictionary(try client.workers().map { ($0.clientID, $0.name) }, uniquingKeysWith: { first, _ in first })
    }
}
