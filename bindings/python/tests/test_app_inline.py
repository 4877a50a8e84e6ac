"""Tasks without a server: what is declared, what is refused before anything is sent, and inline mode."""

from __future__ import annotations

import asyncio
import functools
import inspect
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest

import distcoord
from distcoord.app import App, Handle

app = App("unix:///nonexistent/socket")


@dataclass
class User:
    name: str
    born: datetime


@app.task
def double(x: int) -> int:
    """Twice as much."""
    return 2 * x


@app.task(retries=2, backoff=1)
def unreliable(fail_until: int) -> int:
    attempt = distcoord.current_job().attempt
    if attempt < fail_until:
        raise RuntimeError(f"attempt {attempt}")
    return attempt


@app.task
async def later(user: User, *, days: int = 0) -> User:
    await asyncio.sleep(0)
    return User(user.name, user.born + timedelta(days=days))


@pytest.fixture
def inline() -> Iterator[None]:
    with app.inline():
        yield


# ---------------------------------------------------------------- declaring


def test_a_task_stays_callable() -> None:
    assert double(4) == 8
    born = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert asyncio.run(later(User("ann", born), days=1)).born == born + timedelta(days=1)


def test_a_task_looks_like_its_function() -> None:
    assert double.__name__ == "double" and double.__doc__ == "Twice as much."
    assert str(inspect.signature(double)) == "(x: 'int') -> 'int'"
    assert repr(double) == "<distcoord.Task 'double'>" and repr(later) == "<distcoord.AsyncTask 'later'>"
    assert double.name == "double" and double.queue == "default" and double.app is app


def test_tasks_pickle_by_name() -> None:
    assert pickle.loads(pickle.dumps(double)) is double
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(app)


def test_handles_pickle_with_their_tasks() -> None:
    handle: Handle[int] = Handle(app, app.queue(), "some-id", double)
    again = pickle.loads(pickle.dumps(handle))
    assert again == handle and again._task is double and hash(again) == hash(handle)
    with pytest.raises(TypeError, match="use App.handle"):
        pickle.dumps(app.handle("some-id", "default"))


def test_two_tasks_of_one_name_are_refused() -> None:
    own = App()

    @own.task
    def work() -> int:
        return 1

    def other_place() -> None:
        @own.task
        def work() -> int:
            return 2

    with pytest.raises(ValueError, match=r"there is a task 'work' already, .*test_two_tasks.*; give one of them name="):
        other_place()
    assert list(own.tasks) == ["work"] and own.tasks["work"] is work


def test_declaring_again_replaces() -> None:
    own = App()

    def declare(value: int) -> Any:
        @own.task
        def work() -> int:
            return value

        return work

    declare(1)
    second = declare(2)
    assert own.tasks["work"] is second


@pytest.mark.parametrize("function, words", [
    (lambda: 1, "needs name="), (functools.partial(len, ()), "needs name="),
])
def test_a_task_needs_a_name(function: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        App().task(function)
    assert App().task(name="named")(function).name == "named"


def test_what_is_no_task() -> None:
    def numbers() -> Iterator[int]:
        yield 1

    with pytest.raises(TypeError, match="is a generator"):
        App().task(numbers)
    with pytest.raises(TypeError, match="a task is a function, not int"):
        App().task(5)  # type: ignore[call-overload]


def test_unknown_options_are_refused_with_the_known_ones() -> None:
    with pytest.raises(TypeError, match=r"a task has no option 'retry'; it has .*retries"):
        App().task(retry=3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"options\(\) has no option 'countdown'; it has .*delay"):
        double.options(countdown=3)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="unique_mode must be one of 'refuse'"):
        double.options(unique=True, unique_mode="drop")  # type: ignore[typeddict-item]
    with pytest.raises(ValueError, match="serializer must be one of 'json'"):
        App().task(serializer="xml")(double)  # type: ignore[typeddict-item]


def test_pickle_needs_a_word_of_the_app() -> None:
    with pytest.raises(ValueError, match="accept_pickle=True"):
        App().task(serializer="pickle", name="x")(lambda value: value)
    own = App(accept_pickle=True)

    @own.task(serializer="pickle")
    def same(value: Any) -> Any:
        return value

    with own.inline():
        assert same.submit({1: 2j}).result() == {1: 2j}


def test_an_app_takes_a_client_or_an_address() -> None:
    with pytest.raises(TypeError, match="not both"):
        App("redis://x", client=object())  # type: ignore[arg-type]


def test_the_queues_of_an_app() -> None:
    own = App(default_queue="main")
    assert own.queue_names() == ["main"]
    own.task(queue="a", name="a")(lambda: None)
    assert own.queue_names() == ["a"]
    own.task(name="b")(lambda: None)
    assert own.queue_names() == ["main", "a"]


# ---------------------------------------------------------------- refused before anything is sent; there is no server


@pytest.mark.parametrize("args, kwargs, words", [
    ((), {}, r"double\(\): missing a required argument: 'x'"),
    ((1, 2), {}, r"double\(\): too many positional arguments"),
    ((), {"y": 1}, r"double\(\): "), ((1,), {"x": 1}, r"double\(\): multiple values for argument 'x'"),
])
def test_arguments_that_do_not_fit(args: Any, kwargs: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        double.submit(*args, **kwargs)
    with pytest.raises(TypeError, match=r"later\(\): "):
        later.submit(1, 2)  # type: ignore[call-arg, arg-type]


def test_arguments_that_cannot_be_sent() -> None:
    with pytest.raises(distcoord.NotSerializable, match=r"^args\[0\]: <object"):
        double.submit(object())  # type: ignore[arg-type]
    with pytest.raises(distcoord.NotSerializable, match=r"^args\[0\]: <object"):
        double.map([1, object()])


def test_what_would_be_sent_is_sent() -> None:
    with pytest.raises(distcoord.ConnectionError):
        double.submit(1)


# ---------------------------------------------------------------- inline


def test_inline_results(inline: None) -> None:
    handle = double.submit(4)
    assert handle.result() == 8 and handle.wait() and handle.done() and handle.status() == "completed"
    assert handle.result_bytes() == b"8" and handle.queue == "default"
    assert [each.result() for each in double.map([1, 2])] == [2, 4]
    assert [each.result() for each in double.starmap([(3,)])] == [6]
    with pytest.raises(distcoord.JobEnded):
        handle.cancel()


def test_arguments_of_any_name(inline: None) -> None:
    @app.task(name="named")
    def named(self: int, values: int, args: int, calls: int = 0, **more: int) -> int:
        return self + values + args + calls + sum(more.values())

    assert named.submit(self=1, values=2, args=3, common=4).result() == 10
    assert named(self=1, values=2, args=3) == 6
    assert [handle.result() for handle in named.map([1], values=2, args=3, calls=4)] == [10]


def test_inline_goes_through_the_same_forms(inline: None) -> None:
    born = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert later.submit(User("ann", born), days=2).result() == User("ann", born + timedelta(days=2))

    @app.task(name="kind")
    def kind(value: Any) -> str:
        return type(value).__name__

    assert kind.submit(User("ann", born)).result() == "dict"
    assert [kind.submit(value).result() for value in ((1,), {1}, b"", born)] == ["tuple", "set", "bytes", "datetime"]


def test_inline_in_an_event_loop(inline: None) -> None:
    born = datetime(2026, 1, 1, tzinfo=timezone.utc)

    async def main() -> User:
        handle = await later.aio.submit(User("ann", born))
        assert await handle.aio.done() and await handle.aio.result() == await handle
        return await later.submit(User("ann", born))

    assert asyncio.run(main()) == User("ann", born)


def test_inline_retries(inline: None) -> None:
    assert unreliable.submit(3).result() == 3
    handle = unreliable.submit(4)
    assert handle.status() == "dead"
    with pytest.raises(distcoord.JobFailed) as caught:
        handle.result()
    failed = caught.value
    assert (failed.error_type, failed.message, failed.attempts) == ("RuntimeError", "attempt 3", 3)
    assert 'raise RuntimeError(f"attempt {attempt}")' in failed.traceback
    assert "app/_inline.py" not in failed.traceback, "the traceback begins in the task"
    assert failed.traceback in str(failed)
    assert unreliable.options(retries=0).submit(2).status() == "dead"


def test_inline_retry_and_reject(inline: None) -> None:
    @app.task(name="decides")
    def decides(how: str) -> int:
        attempt = distcoord.current_job().attempt
        if how == "reject":
            raise distcoord.Reject("hopeless")
        if attempt == 1:
            raise distcoord.Retry("not yet", delay=3600)
        return attempt

    assert decides.submit("retry").result() == 2
    with pytest.raises(distcoord.JobFailed, match="failed after 1 attempt: distcoord.app.errors.Reject: hopeless"):
        decides.submit("reject").result()


def test_a_delay_that_is_none(inline: None) -> None:
    @app.task(name="asks", retries=0)
    def asks() -> None:
        raise distcoord.Retry(delay=-1)

    with pytest.raises(distcoord.JobFailed, match="ValueError: delay must be 0 to"):
        asks.submit().result()


def test_a_result_that_cannot_be_sent_is_not_tried_again(inline: None) -> None:
    @app.task(name="gives")
    def gives() -> Any:
        return [object()]

    with pytest.raises(distcoord.JobFailed, match=r"1 attempt: .*NotSerializable: result\[0\]: <object"):
        gives.submit().result()


def test_dependencies_inline(inline: None) -> None:
    good, bad = double.submit(1), unreliable.options(retries=0).submit(9)
    assert double.options(after=[good]).submit(2).result() == 4
    with pytest.raises(distcoord.JobFailed, match="dependency"):
        double.options(after=[good, bad]).submit(2).result()
    skipped = double.options(after=[bad.id], on_failure="skip").submit(2)
    assert skipped.status() == "skipped"
    with pytest.raises(distcoord.JobSkipped):
        skipped.result()
    assert double.options(after=[bad], on_failure="run").submit(2).result() == 4
    with pytest.raises(distcoord.JobNotFound):
        double.options(after=["nobody"]).submit(2)
    double.options(id="mine").submit(1)
    with pytest.raises(distcoord.JobExists):
        double.options(id="mine").submit(1)


def test_the_current_job_inline(inline: None) -> None:
    @app.task(name="looks", queue="q", retries=1)
    def looks() -> dict[str, Any]:
        job = distcoord.current_job()
        job.progress(1, 4, "a quarter")
        job.check()
        return {"id": job.id, "task": job.task, "queue": job.queue, "attempt": job.attempt,
                "max_attempts": job.max_attempts, "last": job.is_last_attempt, "headers": job.headers,
                "priority": job.priority, "timeout": job.timeout, "stop": job.stop_requested or job.cancelled}

    handle = looks.options(id="one", priority=7, headers={"a": "b"}, timeout=timedelta(minutes=1)).submit()
    assert handle.result() == {
        "id": "one", "task": "looks", "queue": "q", "attempt": 1, "max_attempts": 2, "last": False,
        "headers": {"a": "b"}, "priority": 7, "timeout": 60.0, "stop": False}
    assert handle.progress() == (25, "a quarter")
    with pytest.raises(RuntimeError, match="no job is being worked on here"):
        distcoord.current_job()


def test_the_trace_context_is_passed_on(inline: None) -> None:
    @app.task(name="inner")
    def inner() -> dict[str, str]:
        return distcoord.current_job().headers

    @app.task(name="outer")
    def outer() -> Optional[dict[str, str]]:
        return inner.submit().result()

    headers = {"traceparent": "00-1-2-01", "tenant": "x"}
    assert outer.options(headers=headers).submit().result() == {"traceparent": "00-1-2-01"}


def test_inline_ends_with_the_block() -> None:
    with app.inline():
        with app.inline():
            pass
        double.submit(1)
    with pytest.raises(distcoord.ConnectionError):
        double.submit(1)


# ---------------------------------------------------------------- keys


def keys(task: Any, *args: Any, **kwargs: Any) -> Any:
    push = task._plan.of(args, kwargs, {})
    return push.get("unique"), push.get("concurrency_key")


def test_unique_keys() -> None:
    own = App()

    @own.task(unique=True)
    def by_arguments(a: int, b: Any = 2) -> None: ...

    first = keys(by_arguments, 1)[0]
    assert first.startswith("by_arguments:") and len(first) < 60
    assert first == keys(by_arguments, a=1)[0] == keys(by_arguments, 1, b=2)[0]
    assert first != keys(by_arguments, 2)[0]
    assert keys(by_arguments, 1, {3, 4})[0] == keys(by_arguments, 1, {4, 3})[0]

    @own.task(unique="{user.name}-{n}", concurrency_key="{n}")
    def by_text(user: User, n: int = 5) -> None: ...

    assert keys(by_text, User("ann", datetime.now())) == ("by_text:ann-5", "5")
    assert keys(by_text.options(unique=None), User("ann", datetime.now()))[0] is None

    @own.task(unique=lambda n: f"shared-{n}", concurrency_key=str)
    def by_call(n: int) -> None: ...

    assert keys(by_call, 1) == ("shared-1", "1")
    assert keys(by_call.options(unique="alone"), 1)[0] == "by_call:alone"
    with pytest.raises(distcoord.InvalidArgument, match="unique: .*no such argument"):
        own.task(unique="{missing}", name="x")(lambda n: None)
    with pytest.raises(TypeError, match="unique must give a str, not int"):
        keys(by_call.options(unique=lambda n: n), 1)  # type: ignore[arg-type, return-value]


def test_external_tasks_take_anything() -> None:
    task = app.external("resize", queue="images", unique=True)
    assert (task.name, task.queue) == ("resize", "images")
    payload, push = task._prepared((1,), {"a": 2})
    assert payload == b'{"args":[1],"kwargs":{"a":2}}' and push["content_type"] == "application/json"
    assert push["task"] == "resize" and push["unique"].startswith("resize:")
    with pytest.raises(TypeError, match="no option 'name'"):
        app.external("x", **{"name": "y"})  # type: ignore[misc]
