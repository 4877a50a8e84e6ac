"""Functions whose calls hold a lock."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator

import pytest
from support import in_thread

import distcoord


def test_a_call_holds_the_lock(client: distcoord.Client, other: distcoord.Client) -> None:
    @client.locked("x")
    def work(number: int, *, factor: int = 2) -> int:
        """Works."""
        assert other.lock("x").acquire(timeout=0) is False
        return number * factor

    assert work(4) == 8 and work(4, factor=3) == 12
    assert not other.lock("x").locked()
    assert work.__name__ == "work" and work.__doc__ == "Works."
    assert list(inspect.signature(work).parameters) == ["number", "factor"]


def test_an_exception_releases_and_goes_on(client: distcoord.Client) -> None:
    @client.locked("x")
    def fail() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError):
        fail()
    assert not client.lock("x").locked()


def test_the_name_is_made_of_the_arguments(client: distcoord.Client) -> None:
    class Account:
        def __init__(self, id: int) -> None:
            self.id = id

        @client.locked("account-{self.id}-{currency}-{rest[0]}-{{}}")
        def pay(self, currency: str = "eur", *rest: int) -> list[bool]:
            names = [f"account-{self.id}-{currency}-{rest[0]}-{{}}", "account-7"]
            return [client.lock(name).locked() for name in names]

    assert Account(7).pay("usd", 5) == [True, False]
    assert Account(8).pay("eur", 6) == [True, False]
    with pytest.raises(TypeError):
        Account(8).pay(wrong=1)


def test_functions_without_a_signature(client: distcoord.Client) -> None:
    assert client.locked("x")(print)() is None
    assert client.locked("x")(dict)(a=1) == {"a": 1}


def test_braces_without_fields(client: distcoord.Client) -> None:
    @client.locked("{{x}}")
    def work() -> bool:
        return client.lock("{x}").locked()

    assert work()


@pytest.mark.parametrize("name", ["{other}", "{}", "{0}", "{x", "{x.y", "a\0b", "{x}{other.x}"])
def test_a_name_that_cannot_be_made_is_refused_at_once(client: distcoord.Client, name: str) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        @client.locked(name)
        def work(x: int) -> None:
            pytest.fail("called")


def test_bad_options_are_refused_at_once(client: distcoord.Client) -> None:
    for options in ({"lease": 0}, {"timeout": -2}, {"linger": -1}, {"owner": ""}):
        with pytest.raises(distcoord.InvalidArgument):
            client.locked("x", **options)  # type: ignore[arg-type]


def test_generators_are_refused(client: distcoord.Client) -> None:
    with pytest.raises(TypeError):
        @client.locked("x")
        def numbers() -> Iterator[int]:
            yield 1


def test_no_lock_in_time(client: distcoord.Client, other: distcoord.Client) -> None:
    called = []

    @client.locked("x", timeout=0.1)
    def work() -> None:
        called.append(1)

    with other.lock("x"):
        with pytest.raises(distcoord.LockTimeout):
            work()
    assert not called
    work()
    assert called


def test_a_lost_lock_is_told_after_the_function(client: distcoord.Client) -> None:
    @client.locked("x", lease=0.2, renew=False)
    def work() -> None:
        while client.lock("x").locked():
            pass

    with pytest.raises(distcoord.LockLost):
        work()


def test_calls_of_threads_take_turns(client: distcoord.Client) -> None:
    total = 0

    @client.locked("counter-{name}")
    def add(name: str) -> None:
        nonlocal total
        before = total
        total = before + 1

    def work() -> None:
        for _ in range(10):
            add("a")

    for wait in [in_thread(work) for _ in range(6)]:
        wait()
    assert total == 60


def test_a_reentrant_function_calls_itself(client: distcoord.Client, other: distcoord.Client) -> None:
    @client.locked("tree-{root}", reentrant=True)
    def visit(root: str, depth: int) -> int:
        assert other.lock("tree-a").acquire(timeout=0) is False
        return 0 if depth == 0 else 1 + visit(root, depth - 1)

    assert visit("a", 4) == 4
    assert not other.lock("tree-a").locked()


def test_a_lingering_function_keeps_the_grant(client: distcoord.Client, other: distcoord.Client) -> None:
    @client.locked("x-{n}", linger=60)
    def fence(n: int) -> int:
        info = other.lock(f"x-{n}").inspect()
        assert info is not None
        return info.fence

    assert fence(1) == fence(1)
    assert fence(1) != fence(2)


def test_coroutine_functions(client: distcoord.Client, other: distcoord.Client) -> None:
    @client.locked("x-{n}")
    async def work(n: int) -> int:
        assert await asyncio.to_thread(other.lock(f"x-{n}").acquire, timeout=0) is False
        return n

    assert inspect.iscoroutinefunction(work)

    async def main() -> list[int]:
        return await asyncio.gather(*(work(n % 2) for n in range(6)))

    assert asyncio.run(main()) == [0, 1, 0, 1, 0, 1]
    assert not other.lock("x-0").locked() and not other.lock("x-1").locked()


def test_a_reentrant_coroutine_function(client: distcoord.Client) -> None:
    @client.locked("x", reentrant=True)
    async def visit(depth: int) -> int:
        return 0 if depth == 0 else 1 + await visit(depth - 1)

    async def main() -> list[int]:
        return await asyncio.gather(visit(3), visit(2))

    assert asyncio.run(main()) == [3, 2]
    assert not client.lock("x").locked()


def test_a_coroutine_function_without_the_lock_in_time(client: distcoord.Client, other: distcoord.Client) -> None:
    @client.locked("x", timeout=0.1)
    async def work() -> None:
        pytest.fail("called")

    with other.lock("x"):
        with pytest.raises(distcoord.LockTimeout):
            asyncio.run(work())
