"""Raising in a thread that runs a task: once, inside the task, and never after it."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from support import eventually, in_thread

from distcoord.app import JobStopped
from distcoord.app._interruption import Interruption


def test_it_is_raised_inside_the_call() -> None:
    interruption = Interruption()
    began = threading.Event()

    def work() -> str:
        began.set()
        try:
            while True:
                time.sleep(0.001)
        except JobStopped:
            return "stopped"

    result = in_thread(lambda: interruption.call(work))
    assert began.wait(20)
    interruption.strike()
    assert result() == "stopped"


def test_a_call_that_has_not_begun_does_not_begin() -> None:
    interruption = Interruption()
    interruption.strike()
    with pytest.raises(JobStopped):
        interruption.call(lambda: pytest.fail("it ran"))


def test_it_is_not_raised_after_the_call() -> None:
    interruption = Interruption()
    interruption.call(lambda: None)
    interruption.strike()
    for _ in range(1000):
        time.time()


def test_what_strikes_at_the_very_end_goes_nowhere() -> None:
    interruption = Interruption()
    began, go_on = threading.Event(), threading.Event()
    thread: list[int] = []

    def call() -> int:
        thread.append(threading.get_ident())
        began.set()
        go_on.wait(20)
        return 7

    def work() -> list[int]:
        value = interruption.call(call)
        return [value for _ in range(1000)]

    result = in_thread(work)
    assert began.wait(20)
    with interruption._lock:
        go_on.set()
        eventually(lambda: sys._current_frames()[thread[0]].f_code.co_name == "_end", "it waits for the lock")
        interruption.strike()
    assert result() == [7] * 1000
