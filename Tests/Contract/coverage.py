#!/usr/bin/env python3
"""No function of the header is forgotten: each is bound in Python and is called with NULL by the C tests."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "cmake"))
import generate_map  # noqa: E402

# Each is a file, or several that do the same for different headers.
PLACES = ["bindings/python/src/distcoord/_abi.py", "Tests/C/null_*.c"]


def main() -> int:
    names = generate_map.header_functions()
    offenders = []
    for place in PLACES:
        paths = sorted(ROOT.glob(place))
        if not paths:
            offenders.append(f"{place}: missing")
            continue
        words = set(re.findall(r"\w+", "\n".join(path.read_text() for path in paths)))
        offenders += [f"{place}: does not mention {name}" for name in names if name not in words]
    print("\n".join(offenders), end="\n" if offenders else "")
    return 1 if offenders else 0


if __name__ == "__main__":
    sys.exit(main())
