#!/usr/bin/env python3
"""Writes cmake/libdistcoord.map, the list of names that leave libdistcoord.so, from the public header.

Usage: generate_map.py           write the map
       generate_map.py --check   exit 1 with a diff when the map is not what the header says
       generate_map.py --names   print the functions of the header, one a line

The header is read by clang, not by patterns, so whatever compiles is understood. DISTCOORD_CLANG names the clang to
use; without it the one beside `swift` is taken, which is the compiler that builds the library, else any on PATH.
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = ROOT / "include" / "distcoord.h"
MAP = ROOT / "cmake" / "libdistcoord.map"
PREFIX = "distcoord_"
# One node per release that adds names. A name stays for ever in the node of the release that brought it, because
# programs ask for name and node together.
NODES: dict[str, set[str]] = {}
CURRENT_NODE = "DISTCOORD_0.1"


def find_clang() -> str:
    """The clang to read the header with."""
    named = os.environ.get("DISTCOORD_CLANG")
    if named:
        return named
    swift = shutil.which("swift")
    if swift:
        beside = Path(swift).resolve().parent / "clang"
        if beside.exists():
            return str(beside)
    found = shutil.which("clang")
    if found:
        return found
    sys.exit("generate_map: no clang found; put the Swift toolchain on PATH or set DISTCOORD_CLANG")


def header_functions(header: Path = HEADER) -> list[str]:
    """Names of all functions that the header declares, sorted."""
    dump = subprocess.run(
        [find_clang(), "-x", "c", "-std=c11", "-fsyntax-only", "-Xclang", "-ast-dump=json", str(header)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if dump.returncode != 0:
        sys.exit(f"generate_map: the header does not compile:\n{dump.stderr}")
    names = {
        node["name"]
        for node in json.loads(dump.stdout)["inner"]
        if node["kind"] == "FunctionDecl" and node["name"].startswith(PREFIX)
    }
    if not names:
        sys.exit(f"generate_map: no function named {PREFIX}… in {header}")
    return sorted(names)


def render(names: list[str]) -> str:
    """The map for these names."""
    remaining = set(names)
    lines = ["/* Written by cmake/generate_map.py from include/distcoord.h. Do not edit. */"]
    previous = ""
    for node, kept in [*NODES.items(), (CURRENT_NODE, None)]:
        members = sorted(remaining & kept) if kept is not None else sorted(remaining)
        if kept is not None and kept - remaining:
            sys.exit(f"generate_map: released in {node} but gone from the header: {', '.join(sorted(kept - remaining))}")
        remaining -= set(members)
        lines += [f"{node} {{", "  global:", *(f"    {name};" for name in members)]
        if not previous:
            lines += ["  local:", "    *;"]
        lines.append(f"}}{' ' + previous if previous else ''};")
        previous = node
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"], ["--names"]):
        print(__doc__, file=sys.stderr)
        return 64
    names = header_functions()
    if arguments == ["--names"]:
        print("\n".join(names))
        return 0
    wanted = render(names)
    if arguments == ["--check"]:
        present = MAP.read_text() if MAP.exists() else ""
        if present == wanted:
            return 0
        sys.stdout.writelines(
            difflib.unified_diff(
                present.splitlines(keepends=True), wanted.splitlines(keepends=True),
                "cmake/libdistcoord.map", "include/distcoord.h"))
        print("generate_map: cmake/libdistcoord.map is out of date; run cmake/generate_map.py")
        return 1
    MAP.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
