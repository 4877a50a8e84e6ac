"""Ending waits for certain: the library's cancel ends those that have begun, and one that is about to begin in another
thread has to be told again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_AGAIN_SECONDS = 0.01


def insist(cancel: Callable[[], None], is_over: Callable[[], bool]) -> None:
    """Calls `cancel` again and again, in a thread of its own, until it is over. Returns at once, also in a signal
    handler."""
    def until_it_ends() -> None:
        while not is_over():
            cancel()
            time.sleep(_AGAIN_SECONDS)

    threading.Thread(target=until_it_ends, name="distcoord-cancel", daemon=True).start()
