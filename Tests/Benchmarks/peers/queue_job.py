"""The job that does nothing, for every kind of queue; workers that import their code by name find it here.

`expect(count)`: at the last of so many runs, jobs per second are printed, from the first run to the last, and the
process ends. `report_to(path)`: each run tells when it began. `last(seconds, keeps)`: then each run takes so long, in
one call of C that keeps the interpreter's lock or releases it.
"""

import ctypes
import itertools
import os
import struct
import time

_next = itertools.count(1).__next__
_expected = 0
_started = 0.0
_report = -1
_seconds = 0.0
_take = time.sleep

MOMENT = struct.Struct("q")


def expect(count: int) -> None:
    global _expected
    _expected = count


def report_to(path: str) -> None:
    global _report
    _report = os.open(path, os.O_WRONLY)


def _keep_lock(seconds: float) -> None:
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))


def last(seconds: float, keeps: bool) -> None:
    global _seconds, _take
    _seconds, _take = seconds, _keep_lock if keeps else time.sleep


def no_op(payload: object) -> None:
    if _report >= 0:
        os.write(_report, MOMENT.pack(time.monotonic_ns()))
        _take(_seconds)
        return
    global _started
    done = _next()
    if done == 1:
        _started = time.perf_counter()
    elif done == _expected:
        print("jobs", (done - 1) / (time.perf_counter() - _started), flush=True)
        os._exit(0)


async def no_op_async(payload: object) -> None:
    no_op(payload)
