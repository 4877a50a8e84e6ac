"""Counts verdicts and prints them."""

from __future__ import annotations

SHOWN = 5


class Score:
    """Counts, and prints each verdict."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def add(self, title: str, problems: list[str], seed: int) -> None:
        self.passed, self.failed = self.passed + (not problems), self.failed + bool(problems)
        print(f"{'FAIL' if problems else 'ok  '} {title}", flush=True)
        for problem in problems[:SHOWN]:
            print(f"  {problem}")
        if len(problems) > SHOWN:
            print(f"  and {len(problems) - SHOWN} more")
        if problems:
            print(f"  seed {seed}", flush=True)
