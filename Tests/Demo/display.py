"""What one sees: a live bar and lines on stderr while the demo runs, tables on stdout at the end."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crew import Crew

WIDTH = 30


class Progress:
    """On a terminal a bar, redrawn at most ten times a second; elsewhere a plain line every two seconds."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.terminal = sys.stderr.isatty()
        self.interval = 0.1 if self.terminal else 2.0
        self.drawn = 0.0
        self.line = ""

    def say(self, line: str) -> None:
        """A line that stays, above the bar."""
        print(f"\r\x1b[K{line}\n{self.line}" if self.line else line, end="" if self.line else "\n", file=sys.stderr)
        sys.stderr.flush()

    def show(self, done: int, by: Counter[str], last: bool = False) -> None:
        now = time.monotonic()
        if not last and now - self.drawn < self.interval:
            return
        self.drawn = now
        filled = WIDTH * done // self.total
        who = "  ".join(f"{name} {count}" for name, count in sorted(by.items()))
        line = f"count    [{'#' * filled}{'-' * (WIDTH - filled)}] {done:>{len(str(self.total))}}/{self.total}  {who}"
        if not self.terminal:
            print(line, file=sys.stderr)
        else:
            print(f"\r\x1b[K{line}", end="\n" if last else "", file=sys.stderr)
            self.line = "" if last else line
        sys.stderr.flush()


def table(heading: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Columns as wide as their content; columns of numbers to the right."""
    cells = [heading, *[tuple(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heading))]
    right = [bool(rows) and isinstance(rows[0][column], int) for column in range(len(heading))]
    lines = [
        "  ".join(cell.rjust(width) if flush else cell.ljust(width) for cell, width, flush in zip(row, widths, right))
        for row in cells
    ]
    return "\n".join("  " + line.rstrip() for line in lines)


def summary(crew: Crew, results: dict[str, dict[str, Any]], expected: Counter[str], seconds: float) -> None:
    done = Counter(result["by"] for result in results.values())
    words: Counter[str] = Counter()
    for result in results.values():
        words[result["by"]] += sum(result["words"].values())
    rows = []
    for member in crew.members:
        part = "killed -9" if member is crew.victim else f"{crew.written.get(member.name, 0):,} words"
        rows.append((member.name, member.language, done[member.name], words[member.name], crew.term_of(member), part))
    print(f"\nWho did what, in {seconds:.1f} s\n")
    print(table(("member", "language", "jobs", "words counted", "led", "wrote to the report"), rows))

    print("\nRun twice because of the kill\n")
    again = results[crew.killed_in]
    second = f"{again['by']}, attempt {again['attempt']}"
    rows = [(crew.killed_in, f"{crew.victim.name}, killed", second, crew.rerun_after)]
    print(table(("job", "first", "then", "after"), rows))

    print("\nMost frequent words\n")
    print(table(("word", "count"), list(expected.most_common(10))))
