"""`python -m distcoord worker`: what it is started with, and the statuses with which it ends."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from app_support import WorkerProgram
from support import KEPT, Server, eventually

import distcoord


def ends_with(
    status: int, words: str, folder: Path, *arguments: str, module: str = "", target: str = "jobs:app",
) -> None:
    with WorkerProgram(folder, None, "x", *arguments, module=module, target=target) as program:
        assert program.finish() == status, program.said
        assert words in program.said


APP = "import distcoord\napp = distcoord.App()\n"


@pytest.mark.parametrize("arguments, words", [
    (["-c", "0"], "argument -c/--concurrency: '0' is no whole number from 1"),
    (["-Q", "a=b"], "'a=b' is not of the form QUEUE=WEIGHT"), (["--grace", "-1"], "is no number of seconds"),
    (["--no-such"], "unrecognized arguments"),
])
def test_wrong_usage(tmp_path: Path, arguments: list[str], words: str) -> None:
    ends_with(64, words, tmp_path, *arguments)


@pytest.mark.parametrize("target, words", [
    ("nowhere:app", "there is no module 'nowhere'"), ("jobs:other", "jobs has no 'other'; its apps are: app"),
    ("jobs:distcoord", "jobs:distcoord is a module, not a distcoord.App"),
    ("jobs:", "is not of the form module:app"),
    ("jobs.py:app", "name the module, as in an import: jobs:app"),
    ("jobs.inner:app", "there is no module 'jobs.inner'"),
])
def test_an_app_that_is_not_there(tmp_path: Path, target: str, words: str) -> None:
    ends_with(64, words, tmp_path, module=APP, target=target)


def test_a_module_that_cannot_be_imported(tmp_path: Path) -> None:
    ends_with(78, "ZeroDivisionError", tmp_path, module="1 / 0\n")


def test_an_import_inside_the_module_is_shown_with_its_traceback(tmp_path: Path) -> None:
    ends_with(78, "import nothing_like_that", tmp_path, module="import nothing_like_that\n")


def test_settings_that_are_not_accepted(tmp_path: Path) -> None:
    ends_with(78, "URL", tmp_path, "--url", "gopher://x", module=APP)


def test_a_server_that_cannot_be_reached(tmp_path: Path) -> None:
    ends_with(69, "distcoord: ", tmp_path, "--url", f"unix://{tmp_path}/none", module=APP)


def test_processes_whose_start_cannot_succeed_end_at_once(tmp_path: Path) -> None:
    ends_with(64, "there is no module 'nowhere'", tmp_path, "-p", "2", target="nowhere:app")


def test_one_app_of_a_module_needs_no_name(tmp_path: Path, server: Server, namespace: str) -> None:
    with WorkerProgram(tmp_path, server, namespace, "--burst", module=APP, target="jobs") as program:
        assert program.finish() == 0, program.said
        assert "has no tasks" in program.said


def test_a_burst_ends_when_the_queues_are_empty(
    tmp_path: Path, server: Server, namespace: str, client: distcoord.Client,
) -> None:
    ids = [client.queue(name).push(b"[4]", task="double") for name in ("default", "other") for _ in range(3)]
    with WorkerProgram(tmp_path, server, namespace, "--burst", "-c", "2", "-Q", "default", "-Q", "other=2") as program:
        assert program.finish() == 0, program.said
    assert [client.queue("default").result(id, 0) for id in ids[:3]] == [b"8"] * 3
    assert [client.queue("other").result(id, 0) for id in ids[3:]] == [b"8"] * 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_lets_it_finish_what_it_works_on(
    tmp_path: Path, server: Server, namespace: str, client: distcoord.Client, number: signal.Signals,
) -> None:
    queue = client.queue("default")
    with WorkerProgram(tmp_path, server, namespace) as program:
        first = queue.push(b'["go"]', task="until")
        program.lines("go.begun")
        program.signal(number)
        eventually(lambda: "finishes what it works on" in program.said, "it heeds the signal")
        second = queue.push(b'["go"]', task="until")
        (tmp_path / "go").touch()
        assert program.finish() == 0, program.said
    assert queue.result(first, 0) == str(program.process.pid).encode()
    with pytest.raises(distcoord.ResultTimeout):
        queue.result(second, 0)


def test_a_second_signal_ends_it_at_once(
    tmp_path: Path, server: Server, namespace: str, client: distcoord.Client,
) -> None:
    queue = client.queue("default")
    with WorkerProgram(tmp_path, server, namespace) as program:
        id = queue.push(b'["go"]', task="until")
        program.lines("go.begun")
        program.signal(signal.SIGTERM)
        eventually(lambda: "finishes what it works on" in program.said, "it heeds the signal")
        program.signal(signal.SIGTERM)
        assert program.finish() == 143, program.said
    job = queue.claim(timeout=20)
    assert job is not None and (job.id, job.attempt) == (id, 1), "it was given back, and no attempt counted"


def test_what_is_not_done_within_the_grace_is_given_back(
    tmp_path: Path, server: Server, namespace: str, client: distcoord.Client,
) -> None:
    queue = client.queue("default")
    with WorkerProgram(tmp_path, server, namespace, "--grace", "0.2") as program:
        id = queue.push(b'["go"]', task="until")
        program.lines("go.begun")
        program.signal(signal.SIGTERM)
        assert program.finish() == 0, program.said
    job = queue.claim(timeout=20)
    assert job is not None and (job.id, job.attempt) == (id, 1)


def test_a_worker_told_to_be_quiet(tmp_path: Path, server: Server, namespace: str, client: distcoord.Client) -> None:
    queue = client.queue("default")
    with WorkerProgram(tmp_path, server, namespace, "--grace", "0") as program:
        first = queue.push(b'["go"]', task="until")
        program.lines("go.begun")
        program.signal(signal.SIGUSR1)
        eventually(lambda: "takes no further job" in program.said, "it heeds the signal")
        second = queue.push(b'["go"]', task="until")
        (tmp_path / "go").touch()
        assert program.finish() == 0, program.said
    assert queue.result(first, 0)
    with pytest.raises(distcoord.ResultTimeout):
        queue.result(second, 0)


def test_where_its_threads_are(tmp_path: Path, server: Server, namespace: str, client: distcoord.Client) -> None:
    with WorkerProgram(tmp_path, server, namespace) as program:
        client.queue("default").push(b'["go"]', task="until")
        program.lines("go.begun")
        program.signal(signal.SIGUSR2)
        eventually(lambda: "in until" in program.said, "it writes the stacks")


@pytest.mark.parametrize("arguments", [[], ["--asyncio"]])
def test_it_goes_on_when_the_server_was_away(
    tmp_path: Path, own_server: Server, namespace: str, arguments: list[str],
) -> None:
    with WorkerProgram(tmp_path, own_server, namespace, *arguments) as program:
        with distcoord.connect(own_server.url, namespace) as client:
            assert client.queue("default").result(client.queue("default").push(b"[1]", task="double"), 20) == b"2"
        own_server.kill()
        eventually(lambda: "WARNING" in program.said, "it sees that the server is away")
        own_server.start()
        with distcoord.connect(own_server.url, namespace) as client:
            queue = client.queue("default")
            assert queue.result(queue.push(b"[2]", task="double"), 30) == b"4"
        program.signal(signal.SIGTERM)
        assert program.finish() == 0, program.said


def test_a_handler_that_holds_the_interpreter_keeps_its_job(
    tmp_path: Path, server: Server, namespace: str, client: distcoord.Client,
) -> None:
    queue = client.queue("default", lease=KEPT)
    with WorkerProgram(tmp_path, server, namespace, "--lease", str(KEPT)) as program:
        id = queue.push(f"[{KEPT * 4 / 3}]", task="holds_the_interpreter")
        program.lines("held")
        assert queue.claim(timeout=KEPT * 7 / 6) is None
        assert queue.result(id, 20) == b"1"
        program.signal(signal.SIGTERM)
        assert program.finish() == 0, program.said
