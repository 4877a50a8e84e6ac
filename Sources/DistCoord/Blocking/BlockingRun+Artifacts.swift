// Files that belong to a run.

import CDistCoord

extension BlockingRun {
    /// "Not found" when the run is not known.
    package func publish(_ name: String, path: String) throws(DistCoordError) -> Answer {
        try requireWhole(name, "the artifact's name")
        try requireWhole(path, "the file's path")
        return try ask { distcoord_artifact_publish(pointer, name, path, $0) }
    }

    /// "Not found" when there is no such artifact, or no such run.
    package func fetch(_ name: String, path: String) throws(DistCoordError) -> Answer {
        try requireWhole(name, "the artifact's name")
        try requireWhole(path, "the file's path")
        return try ask { distcoord_artifact_fetch(pointer, name, path, $0) }
    }

    /// By name.
    package func artifacts() throws(DistCoordError) -> [ArtifactInfo] {
        var list: OpaquePointer?
        _ = try ask { distcoord_artifacts_list(pointer, &list, $0) }
        defer { distcoord_artifact_list_free(list) }
        return (0..<distcoord_artifact_list_count(list)).map { index in
            ArtifactInfo(
                name: text(distcoord_artifact_list_name(list, index)),
                size: distcoord_artifact_list_size(list, index),
                sha256: text(distcoord_artifact_list_sha256(list, index)),
                publishedMillisecondsSince1970: distcoord_artifact_list_published_ms(list, index))
        }
    }
}
