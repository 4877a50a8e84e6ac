"""Circuit breakers as their contract says."""

from __future__ import annotations

import asyncio
import pickle
import threading
import time

import pytest
from support import Server, eventually, in_thread, run

import distcoord


def fail() -> None:
    raise OSError("away")


def trip(breaker: distcoord.Breaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(OSError):
            breaker.call(fail)


def test_failures_open_it_for_all(client: distcoord.Client, other: distcoord.Client) -> None:
    breaker, seen = client.breaker("b", failures=3), other.breaker("b", failures=3)
    assert seen.call(lambda x, y=0: x + y, 1, y=2) == 3 and breaker.state == "closed"
    trip(breaker, 3)
    eventually(lambda: seen.state == "open", "the other process knows")
    for each in (breaker, seen):
        with pytest.raises(distcoord.BreakerOpen) as caught:
            each.call(pytest.fail)
        assert caught.value.name == "b" and caught.value.retry_after is not None
        assert 0 <= caught.value.retry_after <= 60
    info = breaker.inspect()
    assert (info.state, info.opened) == ("open", 1) and info.failed >= 3 and info.since > 0


def test_a_trial_closes_it_for_all(client: distcoord.Client, other: distcoord.Client) -> None:
    options = {"failures": 1, "recovery": 0.3}
    breaker, seen = client.breaker("b", **options), other.breaker("b", **options)
    seen.call(int)  # from its first call on it knows the state
    trip(breaker, 1)
    eventually(lambda: seen.state == "open", "the other process knows")
    time.sleep(0.35)
    assert seen.call(lambda: "trial") == "trial"
    eventually(lambda: breaker.state == "closed", "it is closed for all")
    assert breaker.call(lambda: 1) == 1


def test_a_failed_trial_opens_it_again(client: distcoord.Client) -> None:
    breaker = client.breaker("b", failures=1, recovery=0.1)
    trip(breaker, 1)
    eventually(lambda: breaker.state == "open", "it is open")
    time.sleep(0.15)
    trip(breaker, 1)
    assert breaker.inspect().opened == 2

    def rejected() -> bool:
        try:
            breaker.call(fail)
        except distcoord.BreakerOpen:
            return True
        except OSError:  # the machine stood still, and it was a trial again
            return False

    eventually(rejected, "it lets nothing through")


def test_one_trial_at_a_time_in_all_processes(client: distcoord.Client, other: distcoord.Client) -> None:
    options = {"failures": 1, "recovery": 0.1}
    breaker, second = client.breaker("b", **options), other.breaker("b", **options)
    second.call(int)  # from its first call on it knows the state
    trip(breaker, 1)
    eventually(lambda: second.state == "open", "it is open")
    time.sleep(0.15)
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        inside.set()
        assert go_on.wait(20)
        return "done"

    trying = in_thread(lambda: breaker.call(slow))
    assert inside.wait(20)
    with pytest.raises(distcoord.BreakerOpen):
        second.call(pytest.fail)
    go_on.set()
    assert trying() == "done"
    eventually(lambda: second.state == "closed", "it closes")


def test_which_exceptions_count(client: distcoord.Client) -> None:
    breaker = client.breaker("b", failures=1, expected=(OSError, ValueError), ignore=FileNotFoundError)

    def raise_(error: BaseException) -> None:
        raise error

    for error in (KeyError(), FileNotFoundError(), KeyboardInterrupt(), SystemExit()):
        with pytest.raises(type(error)):
            breaker.call(raise_, error)
    breaker.flush()
    assert breaker.inspect().failures == 0 and breaker.state == "closed"
    with pytest.raises(ValueError):
        breaker.call(raise_, ValueError())
    eventually(lambda: breaker.state == "open", "that one counts")
    for arguments in ({"expected": "x"}, {"ignore": (int,)}):
        with pytest.raises(TypeError):
            client.breaker("b", **arguments)  # type: ignore[arg-type]


def test_decorator_and_with(client: distcoord.Client) -> None:
    breaker = client.breaker("b", failures=2)

    @breaker
    def work(x: int) -> int:
        """What it does."""
        return 10 // x

    assert work(2) == 5 and work.__name__ == "work" and work.__doc__ == "What it does."
    with breaker as same:
        assert same is breaker
        with breaker:
            pass
    with pytest.raises(ZeroDivisionError):
        work(0)
    with pytest.raises(KeyError):
        with breaker:
            raise KeyError
    eventually(lambda: breaker.state == "open", "two failures open it")
    with pytest.raises(distcoord.BreakerOpen):
        work(1)
    with pytest.raises(distcoord.BreakerOpen):
        with breaker:
            pytest.fail()
    with pytest.raises(TypeError):
        @breaker
        def generates():  # type: ignore[no-untyped-def]
            yield 1


def test_decorated_coroutine_functions(client: distcoord.Client) -> None:
    breaker = client.breaker("b", failures=1)

    @breaker
    async def work(x: int) -> float:
        await asyncio.sleep(0)
        return 1 / x

    async def main() -> None:
        assert await work(2) == 0.5
        with pytest.raises(ZeroDivisionError):
            await work(0)
        eventually(lambda: breaker.state == "open", "it is open")
        with pytest.raises(distcoord.BreakerOpen):
            await work(1)

    run(main())


def test_forcing_and_resetting(client: distcoord.Client, other: distcoord.Client) -> None:
    breaker, seen = client.breaker("b", failures=1), other.breaker("b", failures=1)
    seen.call(int)
    breaker.force_open()
    eventually(lambda: seen.state == "forced-open", "all know")
    with pytest.raises(distcoord.BreakerOpen) as caught:
        seen.call(pytest.fail)
    assert caught.value.retry_after is None and seen.inspect().retry_after is None
    breaker.force_closed()
    eventually(lambda: seen.state == "forced-closed", "all know")
    trip(seen, 3)
    assert seen.inspect().state == "forced-closed"
    breaker.reset()
    eventually(lambda: seen.state == "closed", "all know")
    assert seen.inspect().failures == 0


def test_watching_it(client: distcoord.Client, other: distcoord.Client) -> None:
    breaker = client.breaker("b", failures=1)
    with other.breaker("b").watch() as changes:
        assert next(changes).state == "closed"
        trip(breaker, 1)
        assert changes.next(timeout=10).state == "open"
        breaker.reset()
        assert changes.next(timeout=10).state == "closed"


def test_two_names_share_nothing(client: distcoord.Client) -> None:
    trip(client.breaker("a", failures=1), 1)
    assert client.breaker("b", failures=1).call(lambda: 1) == 1


@pytest.mark.parametrize("fallback", ["local", "closed", "open"])
def test_no_error_of_the_server_reaches_the_call(fallback: str, own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace, timeout=0.3, connect_timeout=0.3) as client:
        breaker = client.breaker("b", failures=2, fallback=fallback)  # type: ignore[arg-type]
        own_server.kill()
        if fallback == "open":
            with pytest.raises(distcoord.BreakerOpen):
                breaker.call(pytest.fail)
            return
        assert breaker.call(lambda: 1) == 1
        trip(breaker, 2)
        if fallback == "closed":
            assert breaker.call(lambda: 1) == 1
        else:
            with pytest.raises(distcoord.BreakerOpen):
                breaker.call(pytest.fail)
    own_server.start()


def test_it_pickles_with_its_options(client: distcoord.Client) -> None:
    breaker = client.breaker("b", failures=1, expected=OSError)
    copy = pickle.loads(pickle.dumps(breaker))
    with pytest.raises(KeyError):
        copy.call(lambda: {}["x"])
    trip(copy, 1)
    eventually(lambda: copy.state == "open", "it is open")


@pytest.mark.parametrize("arguments", [
    {"failures": 0}, {"sampling": 0}, {"recovery": 1e9}, {"trials": 0}, {"trial_timeout": 0}, {"fallback": "x"},
    {"flush": 0},
])
def test_bad_options(client: distcoord.Client, arguments: dict[str, object]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.breaker("b", **arguments)  # type: ignore[arg-type]
