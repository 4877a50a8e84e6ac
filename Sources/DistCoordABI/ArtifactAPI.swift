// include/distcoord/artifact.h

public import CDistCoord
import DistCoordCore

/// A list of artifacts as C holds it.
final class ArtifactListBox {
    struct Entry {
        let artifact: Artifact
        let name: CText
        let sha256: CText
    }

    private let entries: [Entry]

    init(_ artifacts: [Artifact]) {
        entries = artifacts.map { Entry(artifact: $0, name: CText($0.name), sha256: CText($0.sha256)) }
    }

    var count: Int { entries.count }

    func entry(_ index: Int) -> Entry? {
        entries.indices.contains(index) ? entries[index] : nil
    }
}

private func entry(_ list: OpaquePointer?, _ index: Int) -> ArtifactListBox.Entry? {
    HandleBox.borrow(list, as: ArtifactListBox.self)?.entry(index)
}

@implementation @_cdecl("distcoord_artifact_publish")
public func distcoord_artifact_publish(
    _ run: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ path: UnsafePointer<CChar>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: RunBox = try require(run, "run")
        return try box.run.publish(artifact: try text(name, "name"), path: try text(path, "path"))
    }
}

@implementation @_cdecl("distcoord_artifact_fetch")
public func distcoord_artifact_fetch(
    _ run: OpaquePointer!, _ name: UnsafePointer<CChar>!, _ path: UnsafePointer<CChar>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let box: RunBox = try require(run, "run")
        return try box.run.fetch(artifact: try text(name, "name"), path: try text(path, "path"))
    }
}

@implementation @_cdecl("distcoord_artifacts_list")
public func distcoord_artifacts_list(
    _ run: OpaquePointer!, _ out_list: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<OpaquePointer?>!
) -> distcoord_status {
    attempt(error) { () throws(CoordinationError) in
        let out = try require(out_list, "out_list")
        out.pointee = nil
        let box: RunBox = try require(run, "run")
        out.pointee = HandleBox.make(ArtifactListBox(try box.run.artifacts()))
        return .ok
    }
}

@implementation @_cdecl("distcoord_artifact_list_count")
public func distcoord_artifact_list_count(_ list: OpaquePointer!) -> Int {
    HandleBox.borrow(list, as: ArtifactListBox.self)?.count ?? 0
}

@implementation @_cdecl("distcoord_artifact_list_name")
public func distcoord_artifact_list_name(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    entry(list, index)?.name.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_artifact_list_size")
public func distcoord_artifact_list_size(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    entry(list, index)?.artifact.size ?? 0
}

@implementation @_cdecl("distcoord_artifact_list_sha256")
public func distcoord_artifact_list_sha256(_ list: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
    entry(list, index)?.sha256.pointer ?? emptyText
}

@implementation @_cdecl("distcoord_artifact_list_published_ms")
public func distcoord_artifact_list_published_ms(_ list: OpaquePointer!, _ index: Int) -> Int64 {
    entry(list, index)?.artifact.publishedMilliseconds ?? 0
}

@implementation @_cdecl("distcoord_artifact_list_free")
public func distcoord_artifact_list_free(_ list: OpaquePointer!) {
    _ = HandleBox.consume(list, as: ArtifactListBox.self)
}
