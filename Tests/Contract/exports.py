#!/usr/bin/env python3
"""The release library as a loader sees it.

Usage: exports.py LIBRARY

Exports are the functions of the header, no more, no fewer, each with its version node; nothing is left undefined; only
libraries that every Debian has (and the four that the README names) are needed; the SONAME is what programs record;
stripped it is small. The time of dlopen is printed for the reader and judged by the benchmarks.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "cmake"))
import generate_map  # noqa: E402

SONAME = "libdistcoord.so.0"
MAX_STRIPPED_BYTES = 12 * 1024 * 1024
ALLOWED_NEEDED = re.compile(
    r"(libhiredis\.so\.[\d.]+|libuuid\.so\.1|libssl\.so\.\d+|libcrypto\.so\.\d+|libm\.so\.6|libstdc\+\+\.so\.6"
    r"|libgcc_s\.so\.1|libc\.so\.6|ld-linux-[\w-]+\.so\.\d)")
LOAD = """
import ctypes, sys, time
start = time.perf_counter()
ctypes.CDLL(sys.argv[1])
print((time.perf_counter() - start) * 1000)
"""


def output(*command: str) -> str:
    """What a command prints; its failure is ours."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def exported(library: str) -> dict[str, str]:
    """Each exported name with its version node."""
    names = {}
    for line in output("nm", "--dynamic", "--defined-only", "--with-symbol-versions", library).splitlines():
        kind, name = line.split()[-2:]
        if kind.islower() and kind not in "uvw":
            continue  # some linkers list local symbols as well; nobody can bind to them
        symbol, _, node = name.partition("@")
        if not symbol.startswith("DISTCOORD_"):  # a node is listed as an absolute symbol
            names[symbol] = node.lstrip("@")
    return names


def mapped() -> dict[str, str]:
    """Each name of the map with its node."""
    names, node = {}, ""
    for line in generate_map.MAP.read_text().splitlines():
        opening = re.match(r"(\w[\w.]*) \{$", line)
        if opening:
            node = opening.group(1)
        member = re.match(r"\s+(distcoord_\w+);$", line)
        if member:
            names[member.group(1)] = node
    return names


def check(library: str) -> list[str]:
    offenders = []
    header, in_map, present = set(generate_map.header_functions()), mapped(), exported(library)
    offenders += [f"in the header, not in the map: {name}" for name in sorted(header - in_map.keys())]
    offenders += [f"in the map, not in the header: {name}" for name in sorted(in_map.keys() - header)]
    offenders += [f"in the header, not exported: {name}" for name in sorted(header - present.keys())]
    offenders += [f"exported, not in the header: {name}" for name in sorted(present.keys() - header)]
    offenders += [
        f"exported without its version node {in_map[name]}: {name} (has '{present[name]}')"
        for name in sorted(present.keys() & in_map.keys()) if present[name] != in_map[name]
    ]
    dynamic = output("readelf", "--dynamic", "--wide", library)
    offenders += [
        f"needs {name}" for name in re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic) if not ALLOWED_NEEDED.fullmatch(name)
    ]
    soname = re.findall(r"\(SONAME\).*\[(.+)\]", dynamic)
    if soname != [SONAME]:
        offenders.append(f"SONAME is {soname or 'missing'}, wanted {SONAME}")
    offenders += [
        f"runs code from a folder of the build machine: {name}"
        for name in re.findall(r"\((?:RUNPATH|RPATH)\).*\[(.+)\]", dynamic)
        if any(part and not part.startswith("$ORIGIN") for part in name.split(":"))
    ]
    unresolved = subprocess.run(["ldd", "-r", library], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    offenders += [
        line.strip() for line in unresolved.stdout.splitlines() if "undefined symbol" in line or "not found" in line
    ]
    with tempfile.NamedTemporaryFile(suffix=".so") as stripped:
        output("strip", "--strip-unneeded", "-o", stripped.name, library)
        size = Path(stripped.name).stat().st_size
        print(f"stripped size {size / 1024 / 1024:.1f} MB")
        if size > MAX_STRIPPED_BYTES:
            offenders.append(f"stripped it has {size} bytes, wanted at most {MAX_STRIPPED_BYTES}")
        times = sorted(float(output(sys.executable, "-c", LOAD, stripped.name)) for _ in range(5))
        print(f"dlopen {times[len(times) // 2]:.1f} ms (median of {len(times)})")
    return offenders


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 64
    offenders = check(str(Path(arguments[0]).resolve()))
    print("\n".join(offenders), end="\n" if offenders else "")
    return 1 if offenders else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
