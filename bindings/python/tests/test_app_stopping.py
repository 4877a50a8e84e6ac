"""How running tasks are stopped: cancelled, out of time, at the end of their worker; and what they tell meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from app_support import working
from support import eventually

import distcoord
from distcoord.app import App


@pytest.mark.parametrize("use_asyncio", [False, True])
def test_progress_and_cancel_of_a_function(app: App, use_asyncio: bool) -> None:
    began = threading.Event()

    @app.task
    def long(n: int) -> None:
        job = distcoord.current_job()
        job.progress(1, n, "begun")
        began.set()
        while True:
            job.check()
            time.sleep(0.005)

    handle = long.submit(4)
    assert handle.progress() is None
    with working(app, use_asyncio=use_asyncio):
        assert began.wait(20)
        assert handle.progress() == (25, "begun")
        assert handle.cancel("enough") is True
        with pytest.raises(distcoord.JobCancelled):
            handle.result(20)
    waiting = long.submit(1)
    assert waiting.cancel() is False
    with pytest.raises(distcoord.JobEnded):
        waiting.cancel()


@pytest.mark.parametrize("use_asyncio", [False, True])
def test_progress_of_a_coroutine(app: App, use_asyncio: bool) -> None:
    end = threading.Event()

    @app.task
    async def long() -> None:
        for percent in range(0, 60, 10):
            distcoord.current_job().progress(percent, text=f"{percent} done")
        while not end.is_set():
            await asyncio.sleep(0.005)

    handle = long.submit()
    with working(app, use_asyncio=use_asyncio):
        eventually(lambda: handle.progress() == (50, "50 done"), "the last of what it said is seen")
        end.set()
        handle.result(20)
    assert handle.progress() is None, "it is forgotten with the job"


@pytest.mark.parametrize("use_asyncio", [False, True])
def test_a_cancelled_coroutine(app: App, use_asyncio: bool) -> None:
    began = threading.Event()
    ended: list[str] = []

    @app.task
    async def forever() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    handle = forever.submit()
    with working(app, use_asyncio=use_asyncio):
        assert began.wait(20)
        handle.cancel()
        with pytest.raises(distcoord.JobCancelled):
            handle.result(20)
    assert ended == ["cancelled"]


def test_a_cancelled_task_that_fails_is_not_tried_again(app: App) -> None:
    began = threading.Event()

    @app.task(backoff=0)
    def complains() -> None:
        began.set()
        while not distcoord.current_job().stop_requested:
            time.sleep(0.005)
        raise RuntimeError("interrupted in the middle of something")

    handle = complains.submit()
    with working(app):
        assert began.wait(20)
        handle.cancel()
        with pytest.raises(distcoord.JobCancelled):
            handle.result(20)


@pytest.mark.parametrize("use_asyncio", [False, True])
def test_a_function_that_may_be_interrupted(app: App, use_asyncio: bool) -> None:
    began = threading.Event()
    cleaned = threading.Event()

    @app.task(interrupt=True)
    def spins() -> None:
        began.set()
        try:
            while True:
                time.sleep(0.001)
        except Exception:  # JobStopped is none
            pytest.fail("a task's own handling of errors saw it")
        finally:
            cleaned.set()

    handle = spins.submit()
    with working(app, use_asyncio=use_asyncio):
        assert began.wait(20)
        handle.cancel()
        with pytest.raises(distcoord.JobCancelled):
            handle.result(20)
        assert cleaned.wait(20)

        @app.task
        def alive() -> int:
            return 1

        assert alive.submit().result(20) == 1, "the thread goes on with other jobs"


@pytest.mark.parametrize("use_asyncio", [False, True])
@pytest.mark.parametrize("kind", ["coroutine", "interrupted"])
def test_an_attempt_out_of_time(app: App, kind: str, use_asyncio: bool) -> None:
    begun: list[int] = []
    stopped: list[int] = []

    # The first attempt that runs stays; when the machine stood still the time of one may be over before it runs.
    @app.task(timeout=0.2, retries=9, backoff=0)
    async def coroutine() -> int:
        return await _sleeps()

    async def _sleeps() -> int:
        attempt = distcoord.current_job().attempt
        if not begun:
            begun.append(attempt)
            try:
                await asyncio.sleep(60)
            finally:
                stopped.append(attempt)
        return attempt

    @app.task(timeout=0.2, retries=9, backoff=0, interrupt=True)
    def interrupted() -> int:
        attempt = distcoord.current_job().attempt
        if not begun:
            begun.append(attempt)
            try:
                while True:
                    time.sleep(0.001)
            finally:
                stopped.append(attempt)
        return attempt

    task: Any = coroutine if kind == "coroutine" else interrupted
    handle = task.submit()
    with working(app, use_asyncio=use_asyncio):
        last = handle.result(30)
    assert stopped == begun and last > begun[0]


@pytest.mark.parametrize("use_asyncio", [False, True])
@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_the_worker_gives_back_what_runs_when_its_grace_is_over(app: App, kind: str, use_asyncio: bool) -> None:
    began, end = threading.Event(), threading.Event()

    @app.task
    async def coroutine() -> None:
        began.set()
        await asyncio.Event().wait()

    @app.task
    def function() -> None:
        began.set()
        end.wait()

    forever: Any = function if kind == "function" else coroutine
    handle = forever.submit()
    try:
        with working(app, grace=0.1, use_asyncio=use_asyncio):
            assert began.wait(20)
        eventually(lambda: handle.status() == "waiting", "it was given back")
        assert handle.info().attempt == 1
    finally:
        end.set()


@pytest.mark.parametrize("use_asyncio", [False, True])
@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_leaving_by_sys_exit_fails_the_job_alone(app: App, kind: str, use_asyncio: bool) -> None:
    @app.task(retries=0)
    def function() -> None:
        raise SystemExit(3)

    @app.task(retries=0)
    async def coroutine() -> None:
        raise SystemExit(3)

    @app.task
    def stays() -> int:
        return 1

    leaves: Any = function if kind == "function" else coroutine
    first, second = leaves.submit(), stays.submit()
    with working(app, use_asyncio=use_asyncio):
        with pytest.raises(distcoord.JobFailed, match="SystemExit"):
            first.result(20)
        assert second.result(20) == 1
