#!/usr/bin/env python3
"""Lua: what a script includes is there, what is there is built in, and what is built in is used.

An include of an unknown name is left out when a script is put together, which would be seen only when it runs.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CORE = ROOT / "Sources" / "DistCoordCore"


def main() -> int:
    files = {path.stem: path for path in CORE.glob("*/Lua/*.lua")}
    package = (ROOT / "Package.swift").read_text()
    listed = set(re.findall(r'"(\w+)"', package.split("let luaScripts")[1].split("flatMap")[0]))
    library = (CORE / "Mailbox" / "ScriptLibrary.swift").read_text()
    includes = dict(re.findall(r'"(\w+)": PackageResources\.(\w+)_lua', library))
    sources = "\n".join(path.read_text() for path in CORE.rglob("*.swift"))
    used = set(re.findall(r"PackageResources\.(\w+)_lua", sources))
    offenders = [f"ScriptLibrary.swift: {name} stands for {file}" for name, file in includes.items() if name != file]
    wanted: set[str] = set()
    for name, path in sorted(files.items()):
        for included in re.findall(r"^ *-- include (\w+)", path.read_text(), re.MULTILINE):
            wanted.add(included)
            if included not in includes:
                offenders.append(f"{path.relative_to(ROOT)}: includes {included}, unknown to ScriptLibrary.swift")
        if name not in listed:
            offenders.append(f"{path.relative_to(ROOT)}: not in luaScripts of Package.swift")
        if name not in used:
            offenders.append(f"{path.relative_to(ROOT)}: used by no Swift file")
    offenders += [f"ScriptLibrary.swift: {name} is included by no script" for name in sorted(set(includes) - wanted)]
    for offender in offenders:
        print(offender)
    return 1 if offenders else 0


if __name__ == "__main__":
    sys.exit(main())
