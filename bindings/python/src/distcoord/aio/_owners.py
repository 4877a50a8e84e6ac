"""Owner ids of tasks, for what is owned by the task that acquired it."""

from __future__ import annotations

import asyncio
import os
from itertools import count
from typing import Any, Optional
from weakref import WeakKeyDictionary


def current_task() -> Optional[asyncio.Task[Any]]:
    """The task that runs; as `who` of `Holds`."""
    return asyncio.current_task()


class Owners:
    """An id for each task, for one object. After fork the parent's tasks have other ids than copies of them here."""

    __slots__ = ("_numbers", "_next", "_prefix")

    def __init__(self) -> None:
        self._prefix = os.urandom(16).hex()
        self._numbers: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
        self._next = count(1)

    def of_current_task(self) -> str:
        """The id of the task that runs."""
        task = current_task()
        if task is None:
            raise RuntimeError("a lock that is owned by a task has to be acquired in one")
        number = self._numbers.get(task)
        if number is None:
            number = self._numbers[task] = next(self._next)
        return f"{self._prefix}-{os.getpid()}-{number}"
