"""Lets Python's signal handlers run while the main thread waits inside the library, so that Ctrl-C ends any wait.

A wait on the process's initial thread asks an interrupt function each 50 ms. Python runs signal handlers between
bytecodes, so that function must be Python; but a handler may raise (KeyboardInterrupt does) at the very first
bytecode of a function, before any `try` of it, and an exception that leaves a ctypes callback is printed and lost. A
generator that is resumed *inside* a `try` has no such gap, and everything between ctypes and the generator is written
in C. There are several generators because a handler may itself wait in the library while "its" generator still runs.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from itertools import cycle, filterfalse
from operator import attrgetter, methodcaller
from threading import get_ident, main_thread
from types import SimpleNamespace

from . import _abi

NESTED_WAITS = 8

# What signal handlers raised during a wait, until the call that waited has returned and raises it.
pending: list[BaseException] = []


def _poll() -> Generator[int, None, None]:
    """Answers at each resumption whether to end the wait."""
    answer = 0
    while True:
        try:
            while True:
                yield answer
                answer = 1 if pending else 0
        except GeneratorExit:
            raise
        except BaseException as exception:
            pending.append(exception)
            answer = 1


def _started() -> Generator[int, None, None]:
    generator = _poll()
    next(generator)
    return generator


# Takes part in the turns so that there is always somebody who is not running; it answers 0 and is C as well.
_nobody = SimpleNamespace(gi_running=False, send={None: 0}.get)

_turns = cycle([*(_started() for _ in range(NESTED_WAITS)), _nobody])
_polls = map(methodcaller("send", None), filterfalse(attrgetter("gi_running"), _turns))

# Called with the user pointer, NULL, which becomes the default argument of `next` and is never needed.
function = _abi.distcoord_interrupt_function(partial(next, _polls))


def take() -> BaseException:
    """The exception that ended the wait; to be called if `is_due`."""
    return pending.pop(0)


def is_due() -> bool:
    """Whether a handler has raised something on this thread that nobody has raised again yet. Only the main thread runs
    handlers, and what they raise there is no other thread's business."""
    return bool(pending) and get_ident() == main_thread().ident
