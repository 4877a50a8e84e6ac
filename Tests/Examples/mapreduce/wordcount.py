"""Map and reduce over real text: a task for each file counts its words, one more adds the counts up.

    python3 wordcount.py /usr/share/common-licenses

This program works on its tasks itself; others on machines that see the same files help when they are started as
`python3 -m distcoord worker wordcount:app`. What comes out is the same as of wordcount.c.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import distcoord

app = distcoord.App()
words = app.workflow("wordcount")


@words.task
def files(folder: str) -> list[str]:
    return sorted({str(path.resolve()) for path in Path(folder).iterdir()})  # some are links to others


@words.task
def count(path: str) -> dict[str, int]:
    return Counter(re.findall(r"[a-z]+", Path(path).read_text(encoding="latin-1").lower()))


@words.task
def add_up(counts: list[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total


count.map(files).reduce(add_up)


def main(folder: str) -> None:
    run = words.start(arguments={"folder": folder})
    app.run_until_empty()
    total: dict[str, int] = run.result("add_up", timeout=60)
    print(f"{sum(total.values())} words, {len(total)} different")
    for word, number in sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[:5]:
        print(f"{number:8} {word}")


if __name__ == "__main__":
    main(sys.argv[1])
