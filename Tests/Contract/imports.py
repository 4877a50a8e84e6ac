#!/usr/bin/env python3
"""Floors: an arrow only ever points down. Every `import` of Sources/ must be in the table below."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Below the Swift wrapper neither Foundation nor Dispatch nor NIO: they double the library's size, and Dispatch does not
# survive a fork.
RUNTIME = {"Glibc", "Synchronization"}
ALLOWED = {
    "DistCoordRedis": RUNTIME | {"CHiredis", "COpenSSL", "CLinux"},
    "DistCoordCore": RUNTIME | {"CLibUUID", "CLinux", "DistCoordRedis"},
    "DistCoordABI": RUNTIME | {"CDistCoord", "DistCoordCore"},
    "DistCoord": RUNTIME | {"CDistCoord", "DistCoordABI", "Foundation", "FoundationEssentials"},
    "distcoord": RUNTIME | {"CLinux", "CYaml", "DistCoord", "ArgumentParser", "FoundationEssentials"},
}
SYSTEM_MODULES = {"CHiredis", "CLibUUID", "COpenSSL", "CLinux", "CYaml"}
KINDS = "typealias|struct|class|enum|protocol|let|var|func"
IMPORT = re.compile(
    rf"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    rf"import\s+(?:(?:{KINDS})\s+)?([A-Za-z_]\w*)", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def main() -> int:
    sources = ROOT / "Sources"
    offenders = []
    for folder in sorted(path for path in sources.iterdir() if path.is_dir()):
        if folder.name in SYSTEM_MODULES:
            offenders += [f"{path.relative_to(ROOT)}: Swift code in a system module" for path in folder.rglob("*.swift")]
            continue
        allowed = ALLOWED.get(folder.name)
        if allowed is None:
            offenders.append(f"Sources/{folder.name}: a target that has no floor")
            continue
        for path in sorted(folder.rglob("*.swift")):
            # Comments become blanks of the same height, so that line numbers stay right.
            text = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), path.read_text())
            for match in IMPORT.finditer(text):
                if match.group(1) not in allowed:
                    line = text.count("\n", 0, match.start(1)) + 1
                    offenders.append(f"{path.relative_to(ROOT)}:{line}: {folder.name} may not import {match.group(1)}")
    print("\n".join(offenders), end="\n" if offenders else "")
    return 1 if offenders else 0


if __name__ == "__main__":
    sys.exit(main())
