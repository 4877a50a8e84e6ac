"""What type checkers see of tasks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PROGRAM = '''
import asyncio
from datetime import timedelta
import distcoord
from distcoord.app import AsyncTask, Handle, Task

app = distcoord.App()

@app.task
def plain(x: int, *, name: str = "") -> str:
    return name * x

@app.task(queue="q", retries=5, timeout=timedelta(minutes=1), unique="{x}")
def optioned(x: int) -> list[int]:
    return [x]

@app.task
async def coroutine(x: int) -> float:
    return x / 2

@app.task(interrupt=True)
async def both(x: int) -> bytes:
    return b""

reveal_type(plain(1))
reveal_type(plain.submit(1, name="a"))
reveal_type(plain.submit(1).result())
reveal_type(optioned.options(delay=3, priority=1).submit(1).result(timeout=3))
reveal_type(plain.map([1, 2]))
reveal_type(coroutine.submit(1).result())
reveal_type(both.delay(1).result())

async def main() -> None:
    reveal_type(await coroutine.submit(1))
    reveal_type(await coroutine(1))

reveal_type(app.external("x", queue="q").submit(1, a=2).result())
job = distcoord.current_job()
reveal_type(job.attempt)

plain.submit("x")
plain.submit(1, other=2)
plain.submit()
optioned.options(prio=1)
app.task(retry=1)
plain(1) + 1
'''


def test_mypy_knows_arguments_and_results(tmp_path: Path, mypy_cache: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    package = Path(__file__).resolve().parent.parent
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", str(package / "pyproject.toml"),
         "--cache-dir", mypy_cache, str(program)],
        cwd=package, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    revealed = [text.replace("builtins.", "") for text in re.findall(r'Revealed type is "([^"]*)"', run.stdout)]
    assert revealed == [
        "str", "distcoord.app.handle.Handle[str]", "str", "list[int]", "list[distcoord.app.handle.Handle[str]]",
        "float", "bytes", "float", "float", "Any", "int",
    ], run.stdout
    lines = PROGRAM.splitlines()
    wrong = {int(number) for number in re.findall(r"program\.py:(\d+): error", run.stdout)}
    assert [lines[number - 1] for number in sorted(wrong)] == lines[-6:], run.stdout


WORKFLOW = '''
import distcoord
from distcoord.app import current_task

app = distcoord.App()
etl = app.workflow("etl")

@etl.task
def load(path: str) -> int:
    return 1

@etl.task(retries=2, when=lambda load: load > 0)
async def store(load: int) -> None: ...

reveal_type(load("a"))
reveal_type(load >> store)
reveal_type(store.map(load, word="x"))
run = etl.start(arguments={"path": "a"})
reveal_type(run.result("load", int))
reveal_type(run.wait(3).state)
reveal_type(next(run.events()).kind)
reveal_type(current_task().inputs()[0].state)
pipeline = distcoord.Pipeline("ci")

@pipeline.module(depends_on=["x"], requires=["linux"])
def build() -> None: ...

reveal_type(build)
reveal_type(pipeline.run().status)

async def main() -> None:
    reveal_type((await run).state)
    reveal_type(await (await etl.aio.start()).result("load", int))

load >> 3
etl.task(retry=1)
etl.group("g", policy="most")
pipeline.module(needs=[build])
'''


def test_mypy_knows_graphs_and_runs(tmp_path: Path, mypy_cache: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(WORKFLOW)
    package = Path(__file__).resolve().parent.parent
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", str(package / "pyproject.toml"),
         "--cache-dir", mypy_cache, str(program)],
        cwd=package, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    revealed = [
        text.replace("builtins.", "").replace("distcoord.app.flows.", "").replace("distcoord.workflows.", "")
        for text in re.findall(r'Revealed type is "([^"]*)"', run.stdout)]
    assert revealed == [
        "node.Node", "node.Flow", "node.Node", "int", "str", "str", "str", "template.WorkflowTask", "int", "str", "int",
    ], run.stdout
    lines = WORKFLOW.splitlines()
    wrong = {int(number) for number in re.findall(r"program\.py:(\d+): error", run.stdout)}
    assert [lines[number - 1] for number in sorted(wrong)] == lines[-4:], run.stdout
