"""Distributed runs: several instances of one program do its modules together."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support import PATIENCE, Server, eventually, in_thread

import distcoord
from distcoord.pipelines import Pipeline

PROGRAM = """
import os, sys, time
from pathlib import Path
import distcoord as dc

HERE = Path(__file__).parent
pipeline = dc.Pipeline("ci")


def note(text):
    with open(HERE / "notes", "a") as file:
        file.write(f"{text} {os.environ['INSTANCE_INDEX']} {os.getpid()}\\n")


def until(name):
    while not (HERE / name).exists():
        time.sleep(0.01)


@pipeline.module
def restore():
    note("restore")
    return "packages"


@pipeline.module(depends_on=[restore], over=["a", "b", "c"])
def build(part, restore):
    note(f"build-{part}")
    while (HERE / "stubborn").exists():
        try:
            until("go")
        except BaseException:  # of being stopped
            pass
    if (HERE / "hold").exists():
        until("go")
    return f"{part} of {restore}"


@pipeline.module(depends_on=[build], category="checks")
def test(build):
    (HERE / "report.txt").write_text(" ".join(build))
    dc.artifacts.publish(HERE / "report.txt")
    if (HERE / "break").exists():
        raise ValueError("tests fail")
    return len(build)


@pipeline.module(depends_on=[test], skip_when=lambda test: test < 5)
def deploy(test):
    note("deploy")


@pipeline.module(depends_on=[test], always=True)
def report():
    note("report")
    if dc.artifacts.list():
        dc.artifacts.fetch("report.txt", HERE / "fetched")


if (HERE / "gpu").exists():
    @pipeline.module(requires=["gpu"], capability_timeout=float(os.environ.get("GPU_TIMEOUT", 60)))
    def train():
        note("train")

if __name__ == "__main__":
    sys.exit(pipeline.main())
"""


class Instance:
    """One started instance; what it says goes to a file."""

    def __init__(self, folder: Path, server: Server, namespace: str, index: int, total: int, *options: str) -> None:
        self.index = index
        self.log = folder / f"log-{index}-{len(list(folder.glob('log-*')))}"
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB", "CI_"))}
        environment.update(
            DISTCOORD_URL=server.url, DISTCOORD_NAMESPACE=namespace, INSTANCE_INDEX=str(index),
            TOTAL_INSTANCES=str(total), PYTHONPATH=str(Path(distcoord.__file__).parent.parent),
            PYTHONDONTWRITEBYTECODE="1", GITHUB_STEP_SUMMARY=str(folder / f"page-{index}"))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "ci.py", "--id", "c0ffee", "--lease", "1", *options], cwd=folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def finish(self) -> int:
        try:
            return self.process.wait(3 * PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"instance {self.index} did not end: {self.said}") from None


Start = Callable[..., Instance]


@pytest.fixture
def start(tmp_path: Path, server: Server, namespace: str) -> Iterator[Start]:
    (tmp_path / "ci.py").write_text(PROGRAM)
    with ExitStack() as stack:

        def started(index: int, *options: str, total: int = 3) -> Instance:
            instance = Instance(tmp_path, server, namespace, index, total, *options)
            stack.callback(instance.process.wait)
            stack.callback(instance.process.kill)
            return instance

        yield started


def notes(folder: Path) -> list[list[str]]:
    path = folder / "notes"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def done(folder: Path, word: str) -> int:
    return sum(line[0].startswith(word) for line in notes(folder))


def test_instances_share_the_modules_and_exit_alike(start: Start, tmp_path: Path) -> None:
    (tmp_path / "gpu").touch()
    instances = [start(0), start(1), start(2, "--capabilities", "gpu")]
    assert [instance.finish() for instance in instances] == [0, 0, 0], [each.said for each in instances]
    done_by = {line[0]: line[1] for line in notes(tmp_path)}
    assert sorted(line[0] for line in notes(tmp_path)) == sorted(done_by), "each once"
    assert sorted(done_by) == ["build-a", "build-b", "build-c", "report", "restore", "train"]
    assert done_by["train"] == "2", "by the one that has what it requires"
    for instance in instances:
        assert "the run has succeeded" in instance.said
        assert re.search(r"^build\[1\] +[012] +\d+\.\d s  succeeded$", instance.said, re.M), instance.said
        assert re.search(r"^test \(checks\) .* succeeded$", instance.said, re.M)
        assert re.search(r"^deploy .* skipped", instance.said, re.M)
    assert (tmp_path / "fetched").read_text() == "a of packages b of packages c of packages"
    assert "| module | instance | duration | result |" in (tmp_path / "page-0").read_text()


def test_the_status_tells_of_a_failure_everywhere(start: Start, tmp_path: Path) -> None:
    (tmp_path / "break").touch()
    instances = [start(index, total=2) for index in range(2)]
    assert [instance.finish() for instance in instances] == [1, 1]
    for instance in instances:
        assert "the run has failed" in instance.said and "tests fail" in instance.said
    assert done(tmp_path, "report") == 1, "what always runs did"


def test_the_death_of_the_coordinator_ends_nothing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    first = start(0)
    eventually(lambda: done(tmp_path, "build-"), "the first is at work", 2 * PATIENCE)
    others = [start(1), start(2)]
    eventually(lambda: done(tmp_path, "build-") == 3, "all are at work", 2 * PATIENCE)
    first.process.kill()
    first.process.wait()
    (tmp_path / "go").touch()
    assert [instance.finish() for instance in others] == [0, 0], [each.said for each in others]
    killed = str(first.process.pid)
    again = {line[0] for line in notes(tmp_path) if line[2] == killed and line[0].startswith("build-")}
    for module in again:
        assert sum(line[0] == module for line in notes(tmp_path)) == 2, "it was done again by another"


def test_an_interrupt_stops_the_run_everywhere(start: Start, tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    instances = [start(0, total=2), start(1, total=2)]
    eventually(lambda: done(tmp_path, "build-") == 2, "both are at work", 2 * PATIENCE)
    instances[1].process.send_signal(signal.SIGINT)
    assert [instance.finish() for instance in instances] == [130, 130], [each.said for each in instances]
    assert "stopping the run everywhere" in instances[1].said
    assert "instance 1 was interrupted" in instances[0].said
    assert done(tmp_path, "report") == 1 and done(tmp_path, "deploy") == 0


def test_a_second_interrupt_ends_what_does_not_heed_the_first(start: Start, tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    (tmp_path / "stubborn").touch()
    instance = start(0, total=1)
    eventually(lambda: done(tmp_path, "build-"), "it is at work", 2 * PATIENCE)
    instance.process.send_signal(signal.SIGTERM)
    eventually(lambda: "the run is being stopped" in instance.said, "the first is heeded", 2 * PATIENCE)
    instance.process.send_signal(signal.SIGTERM)
    assert instance.finish() == 143, instance.said
    assert "stopping the run at once" in instance.said and done(tmp_path, "report") == 0


def test_a_late_instance_helps_and_one_after_the_end_repeats_nothing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    first = start(0)
    eventually(lambda: done(tmp_path, "build-") == 1, "the first is at work", 2 * PATIENCE)
    twin = start(0)
    assert twin.finish() == 78 and "an instance with that index lives" in twin.said
    second = start(1)
    eventually(lambda: done(tmp_path, "build-") == 2, "the second helps", 2 * PATIENCE)
    (tmp_path / "go").touch()
    assert (first.finish(), second.finish()) == (0, 0)
    before = notes(tmp_path)
    third = start(2)
    assert third.finish() == 0
    assert "the run has ended already" in third.said and "the run has succeeded" in third.said
    assert notes(tmp_path) == before


def test_a_capability_that_nobody_has_is_named(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "gpu").touch()
    monkeypatch.setenv("GPU_TIMEOUT", "1")
    instance = start(0, total=1)
    assert instance.finish() == 1, instance.said
    assert re.search(r"^train .* failed.*gpu", instance.said, re.M), instance.said


# ---------------------------------------------------------------- in this process


@pytest.fixture
def pipeline() -> Pipeline:
    made = Pipeline("ci")
    restore = made.module(name="restore")(lambda: 3)
    made.module(name="build", depends_on=[restore], over=["a", "b"])(lambda part, restore: part * restore)
    made.module(name="report", depends_on=["build"], always=True)(lambda: None)
    return made


def test_the_graph_is_printed_and_checked(pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert pipeline.main(["--graph", "text"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ci", "  restore", "  build (2 items) <- restore", "  report (always) <- build"]
    assert pipeline.main(["--check"]) == 0
    with pytest.raises(SystemExit) as usage:
        pipeline.main(["--nothing"])
    assert usage.value.code == 64
    pipeline.module(name="lost", depends_on=["nobody"])(lambda: None)
    assert pipeline.main(["--check"]) == 78 and "nobody" in capsys.readouterr().err


def test_a_run_in_place_ends_with_a_table(pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert pipeline.main(["--local"]) == 0
    assert re.search(r"^build\[1\] +local +- +succeeded$", capsys.readouterr().err, re.M)


def test_a_server_that_cannot_be_reached_is_said(
    pipeline: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("INSTANCE_INDEX", raising=False)
    assert pipeline.main(["--url", f"unix://{tmp_path}/nothing", "--id", "x"]) == 69
    assert "distcoord: " in capsys.readouterr().err


def test_a_terminal_shows_a_table(
    pipeline: Pipeline, server: Server, namespace: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("rich")
    reader, writer = os.openpty()
    monkeypatch.setattr(sys, "stderr", open(writer, "w", encoding="utf-8"))
    seen: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(reader, 65_536):
                seen.append(chunk)
        except OSError:
            pass  # its other end was closed

    reading = in_thread(read)
    status = pipeline.main(["--url", server.url, "--namespace", namespace, "--id", "x", "--index", "0", "--total", "1"])
    sys.stderr.close()
    reading()
    os.close(reader)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", b"".join(seen).decode())
    assert status == 0, shown
    assert re.search(r"build\[1\] +0 +\d\.\d s +succeeded", shown), shown


def test_half_of_index_and_total_is_refused(
    pipeline: Pipeline, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TOTAL_INSTANCES", raising=False)
    monkeypatch.setenv("INSTANCE_INDEX", "1")
    assert pipeline.main(["--url", server.url, "--id", "x"]) == 78
    assert "TOTAL_INSTANCES" in capsys.readouterr().err


def test_modules_run_in_place() -> None:
    pipeline = Pipeline("ci")

    @pipeline.module
    def restore() -> int:
        return 3

    @pipeline.module(depends_on=[restore], over=["a", "b"])
    def build(part: str, restore: int) -> str:
        return part * restore

    @pipeline.module(depends_on=[build], skip_when=True)
    def deploy() -> None: ...

    @pipeline.module(depends_on=["build"], skip_when=lambda build: len(build) < 2)
    def test(build: list[str]) -> str:
        return ",".join(build)

    run = pipeline.run_local()
    assert run["test"] == "aaa,bbb"
    assert {task.name: task.state for task in run.tasks()}["deploy"] == "skipped"
    with pytest.raises(TypeError, match="no option 'needs'"):
        pipeline.module(needs=[build])  # type: ignore[call-overload]
