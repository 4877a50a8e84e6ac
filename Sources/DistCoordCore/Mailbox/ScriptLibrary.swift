// Scripts are files in the Lua folders, embedded by the build. A line `-- include NAME` stands for the file NAME.lua: what
// several scripts share is written once.

import DistCoordRedis

extension Script {
    /// Puts a script together.
    ///
    /// - Parameters:
    ///   - name: For messages.
    ///   - text: The bytes of its file.
    convenience init(_ name: String, _ text: [UInt8]) {
        self.init(name: name, source: Script.assemble(text, depth: 0))
    }

    private static func assemble(_ text: [UInt8], depth: Int) -> String {
        let marker = "-- include "
        return String(decoding: text, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: true)
            .compactMap { (line) -> String? in
                if line.hasPrefix(marker), depth < 4, let part = includes[String(line.dropFirst(marker.count))] {
                    return assemble(part, depth: depth + 1)
                }
                // Comments and indentation are for readers of the files; the server need not store or receive them.
                let code = line.drop { $0 == " " }
                return code.hasPrefix("--") ? nil : String(code)
            }
            .joined(separator: "\n")
    }

    private static let includes: [String: [UInt8]] = [
        "clock": PackageResources.clock_lua,
        "mailbox": PackageResources.mailbox_lua,
        "exclusive_state": PackageResources.exclusive_state_lua,
        "exclusive_grant": PackageResources.exclusive_grant_lua,
        "barrier_release": PackageResources.barrier_release_lua,
    ]
}
