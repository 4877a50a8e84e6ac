// Asking before something that cannot be undone.

import ArgumentParser
import Glibc

struct Confirmation: ParsableArguments {
    @Flag(name: [.customShort("y"), .customLong("yes")], help: "Do not ask.")
    var yes = false

    /// Returns when the answer is yes.
    func demand(_ question: String) throws {
        if yes { return }
        guard StandardInput.isTerminal else {
            throw Complaint(question, hint: "without a terminal to answer at, -y says yes", status: ExitStatus.usage)
        }
        _ = Output.writeAll(Array("\(question) [y/N] ".utf8), to: STDERR_FILENO)
        let answer = readLine()?.lowercased()
        if answer != "y", answer != "yes" { throw Complaint("nothing was done", status: ExitStatus.no) }
    }
}
