"""The text: which files, cut into chunks, counted the plain way."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

LICENCES = Path("/usr/share/common-licenses")
CHUNK = 2048
MOST_CHUNKS = 400


def input_files(named: list[str]) -> list[Path]:
    """The files named, else the licence texts that Debian ships, each once (some are links to others)."""
    files = [Path(name) for name in named] or sorted({path.resolve() for path in LICENCES.glob("*")})
    for path in files:
        if not path.is_file():
            sys.exit(f"demo: {path} is not a file")
    if not sum(path.stat().st_size for path in files):
        sys.exit(f'demo: no text in {LICENCES}; name some: make demo FILES="a.txt b.txt"')
    return files


def count_words(text: bytes) -> Counter[str]:
    """A word is a run of the letters A to Z; case does not matter. All members count by this rule."""
    return Counter(word.decode("ascii") for word in re.findall(rb"[a-z]+", text.lower()))


def write_chunks(files: list[Path], folder: Path) -> list[str]:
    """Cuts each file into pieces of about equal size, never inside a word, and returns their names."""
    folder.mkdir()
    size = max(CHUNK, sum(path.stat().st_size for path in files) // MOST_CHUNKS)
    names: list[str] = []
    for path in files:
        text = path.read_bytes()
        start = 0
        while start < len(text):
            gap = re.compile(rb"[^A-Za-z]").search(text, start + size)
            end = gap.end() if gap else len(text)
            names.append(f"chunk-{len(names) + 1:04}")
            (folder / names[-1]).write_bytes(text[start:end])
            start = end
    return names
