"""`python -m distcoord worker -p N`: several processes, started anew when they die, none left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_support import WorkerProgram, is_alive
from support import KEPT, PATIENCE, Server, eventually

import distcoord

# Two processes start one after the other on a busy machine.
TIMEOUT = 2 * PATIENCE


@pytest.fixture
def program(tmp_path: Path, server: Server, namespace: str) -> Iterator[WorkerProgram]:
    with WorkerProgram(tmp_path, server, namespace, "-p", "2", "--lease", str(KEPT)) as started:
        yield started


def busy(program: WorkerProgram, queue: distcoord.Queue) -> list[int]:
    """The ids of both processes, each with a job that ends when the file `go` is there."""
    for _ in range(2):
        queue.push(b'["go"]', task="until")
    pids = [int(line) for line in program.lines("go.begun", 2)]
    assert len(set(pids)) == 2 and program.process.pid not in pids
    return pids


def gone(pids: list[int]) -> None:
    eventually(lambda: not any(map(is_alive, pids)), "all processes have ended", TIMEOUT)


def test_all_processes_work_and_end_with_it(
    program: WorkerProgram, tmp_path: Path, client: distcoord.Client,
) -> None:
    queue = client.queue("default")
    pids = busy(program, queue)
    # As Ctrl-C in a terminal: to the whole group, but the processes hear of it once, from their supervisor.
    os.killpg(program.process.pid, signal.SIGINT)
    eventually(lambda: program.said.count("finishes what it works on") == 2, "both heed the signal")
    assert all(map(is_alive, pids))
    (tmp_path / "go").touch()
    assert program.finish(TIMEOUT) == 0, program.said
    gone(pids)
    counts = queue.counts()
    assert (counts.completed, counts.waiting, counts.active, counts.failed) == (2, 0, 0, 0)


def test_a_process_that_dies_is_replaced(program: WorkerProgram, tmp_path: Path, client: distcoord.Client) -> None:
    queue = client.queue("default")
    id = queue.push(b'["died"]', task="dies", retries=5, backoff=0)
    assert queue.result(id, TIMEOUT)
    first, second = program.lines("died", 2)
    assert first != second and "ended by signal 9; another one starts" in program.said
    (tmp_path / "go").touch()
    busy(program, queue)


def test_processes_told_to_be_quiet(program: WorkerProgram, tmp_path: Path, client: distcoord.Client) -> None:
    queue = client.queue("default")
    pids = busy(program, queue)
    program.signal(signal.SIGUSR1)
    eventually(lambda: program.said.count("takes no further job") == 2, "both heed the signal")
    third = queue.push(b'["go"]', task="until")
    (tmp_path / "go").touch()
    assert program.finish(TIMEOUT) == 0, program.said
    gone(pids)
    with pytest.raises(distcoord.ResultTimeout):
        queue.result(third, 0)


def test_a_second_signal_ends_all_at_once(program: WorkerProgram, client: distcoord.Client) -> None:
    queue = client.queue("default")
    pids = busy(program, queue)
    program.signal(signal.SIGTERM)
    eventually(lambda: program.said.count("finishes what it works on") == 2, "both heed the signal")
    program.signal(signal.SIGTERM)
    assert program.finish(TIMEOUT) == 143, program.said
    gone(pids)
    counts = queue.counts()
    assert (counts.waiting, counts.active, counts.failed) == (2, 0, 0), "both jobs were given back"


def test_none_is_left_when_the_supervisor_is_killed(
    program: WorkerProgram, tmp_path: Path, client: distcoord.Client,
) -> None:
    pids = busy(program, client.queue("default"))
    program.signal(signal.SIGKILL)
    (tmp_path / "go").touch()
    gone(pids)


def test_processes_that_die_again_and_again_end_it(tmp_path: Path, server: Server, namespace: str) -> None:
    module = "import os, threading, distcoord\napp = distcoord.App()\nthreading.Timer(0.2, os._exit, [3]).start()\n"
    with WorkerProgram(tmp_path, server, namespace, "-p", "2", module=module) as program:
        assert program.finish(2 * TIMEOUT) == 3, program.said
        assert "5 times in a row at once; giving up" in program.said


def test_a_burst_of_several_processes(
    tmp_path: Path, server: Server, namespace: str, client: distcoord.Client,
) -> None:
    queue = client.queue("default")
    ids = queue.push_many(
        distcoord.Push(b"[%d]" % number, task="doubled" if number % 2 else "double") for number in range(100))
    with WorkerProgram(tmp_path, server, namespace, "-p", "2", "-c", "3", "--burst") as program:
        assert program.finish(TIMEOUT) == 0, program.said
    assert [queue.result(id, 0) for id in ids] == [b"%d" % (2 * number) for number in range(100)]
