#!/usr/bin/env python3
"""Nothing behind the C boundary may trap: a trap in a library ends the host's process.

Finds force unwraps, `try!`, `as!`, implicitly unwrapped types, deliberate traps and unsafe unchecked shortcuts in the
targets that make up the library. What cannot be seen by reading a line (index and overflow) is for review and tests.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TARGETS = ["DistCoordRedis", "DistCoordCore", "DistCoordABI"]
PATTERNS = {
    "try!": re.compile(r"\btry!"),
    "as!": re.compile(r"\bas!"),
    "force unwrap or implicitly unwrapped type": re.compile(r"[\w)\]>\"]!(?![=!])"),
    "deliberate trap": re.compile(
        r"(?<!func )(?<![.\w])(?:fatalError|precondition|preconditionFailure|abort|unsafeBitCast)\s*\("),
    "unowned reference": re.compile(r"\bunowned\b"),
    "Synchronization.Mutex, which ends a forked child (see Guarded.swift)": re.compile(r"\bMutex\s*[(<]"),
}
# How the header's pointers are imported, and so must be written in entry points: they are tested with NULL everywhere.
IMPORTED_POINTER = re.compile(r"\b(?:\w*Pointer(?:<(?:[^<>]|<[^<>]*>)*>)?|distcoord_\w+)!")
LITERAL = re.compile(r'#+".*?"#+|""".*?"""|"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)


def blank(match: re.Match[str]) -> str:
    """Literals and comments become an empty literal of the same height."""
    return ('""' if match.group()[0] in '"#' else "") + "\n" * match.group().count("\n")


def main() -> int:
    offenders = []
    for target in TARGETS:
        for path in sorted((ROOT / "Sources" / target).rglob("*.swift")):
            for number, line in enumerate(LITERAL.sub(blank, path.read_text()).splitlines(), 1):
                if target == "DistCoordABI":
                    line = IMPORTED_POINTER.sub("Pointer", line)
                for what, pattern in PATTERNS.items():
                    if pattern.search(line) and not (what.startswith("force") and re.search(r"\b(?:try|as)!", line)):
                        offenders.append(f"{path.relative_to(ROOT)}:{number}: {what}: {line.strip()}")
    print("\n".join(offenders), end="\n" if offenders else "")
    return 1 if offenders else 0


if __name__ == "__main__":
    sys.exit(main())
