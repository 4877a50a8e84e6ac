"""One library's ETL workflow, some times, with two workers in processes of their own that have nothing else to do.

Usage: workflow_run.py graflow|distcoord SOCKET PORT times       prints "ms" for each, after one that warms up
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import time

import workflow_etl

WORKERS = 2


def main() -> None:
    kind, socket, port, times = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        library = importlib.import_module(f"workflow_{kind}").Kind(socket, port, folder)
        with library.workers(WORKERS):
            for turn in range(int(times) + 1):
                start = time.perf_counter()
                total = library.run()
                if total != workflow_etl.RIGHT:
                    sys.exit(f"the workflow gives {total!r}, wanted {workflow_etl.RIGHT}")
                if turn > 0:
                    print("ms", (time.perf_counter() - start) * 1000)


if __name__ == "__main__":
    main()
