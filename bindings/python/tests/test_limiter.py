"""Rate limiters as their contract says."""

from __future__ import annotations

import pickle
import time

import pytest
from support import again_and_again, in_thread

import distcoord


def test_a_burst_and_then_evenly(client: distcoord.Client, other: distcoord.Client) -> None:
    limiter = client.limiter("l", 5, per=60)
    assert [limiter.acquire(timeout=0) for _ in range(6)] == [True] * 5 + [False]
    assert 0 < limiter.wait_time <= 12
    assert limiter.inspect().available == 0 and 0 < limiter.inspect().wait_time <= 12
    limiter.reset()
    assert limiter.inspect() == (5, 0.0)
    fast = client.limiter("fast", 5, per=1)
    began = time.monotonic()
    assert all(fast.acquire(timeout=5) for _ in range(6)) and other.limiter("fast", 5, per=1).acquire(timeout=5)
    assert 0.39 <= time.monotonic() - began < 5


def test_keys_have_permits_of_their_own(client: distcoord.Client) -> None:
    limiter = client.limiter("l", 2, per=60)
    assert limiter.acquire(2, key="ann", timeout=0) and not limiter.acquire(key="ann", timeout=0)
    assert limiter.acquire(key="bob", timeout=0) and limiter.acquire(2, timeout=0)
    assert limiter.inspect("bob").available == 1
    limiter.reset("ann")
    assert limiter.acquire(key="ann", timeout=0)


def test_what_would_be_due_too_late_answers_at_once(client: distcoord.Client) -> None:
    limiter = client.limiter("l", 1, per=60)
    assert limiter.acquire() and limiter.wait_time == 0
    began = time.monotonic()
    assert limiter.acquire(timeout=5) is False
    assert time.monotonic() - began < 5 and 50 < limiter.wait_time <= 60


def test_never_more_than_it_may(client: distcoord.Client, other: distcoord.Client) -> None:
    """Thirty permits of ten per half a second take a second at least, whoever takes them."""
    def take(limiter: distcoord.Limiter) -> None:
        for _ in range(5):
            assert limiter.acquire()

    began = time.monotonic()
    threads = [
        in_thread(lambda c=c: take(c.limiter("w", 10, 0.5, algorithm="sliding-window"))) for c in (client, other) * 3]
    for thread in threads:
        thread()
    assert time.monotonic() - began >= 0.99


def test_with_and_decorator(client: distcoord.Client) -> None:
    limiter = client.limiter("l", 2, per=60, timeout=0)

    @limiter
    def work(x: int) -> int:
        """What it does."""
        return x + 1

    with limiter as same:
        assert same is limiter
    assert work(1) == 2 and work.__doc__ == "What it does."
    with pytest.raises(distcoord.LimitExceeded) as caught:
        work(1)
    assert isinstance(caught.value, TimeoutError) and caught.value.name == "l" and 10 < caught.value.wait_time <= 60
    with pytest.raises(distcoord.LimitExceeded):
        with limiter:
            pass


def test_cancel(client: distcoord.Client) -> None:
    limiter = client.limiter("l", 1, per=60)
    assert limiter.acquire()
    waiting = in_thread(limiter.acquire)
    with again_and_again(limiter.cancel), pytest.raises(distcoord.Cancelled):
        waiting()


@pytest.mark.parametrize("arguments", [
    {"permits": 0}, {"per": 0}, {"burst": 0}, {"algorithm": "leaky"}, {"timeout": -2},
    {"algorithm": "sliding-window", "burst": 5},
])
def test_bad_options(client: distcoord.Client, arguments: dict[str, object]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.limiter("l", **arguments)  # type: ignore[arg-type]


def test_bad_acquires(client: distcoord.Client) -> None:
    limiter = client.limiter("l", 3)
    for call in (lambda: limiter.acquire(0), lambda: limiter.acquire(4), lambda: limiter.acquire(key="")):
        with pytest.raises(distcoord.InvalidArgument):
            call()


def test_pickles_by_name(client: distcoord.Client) -> None:
    limiter = client.limiter("l", 2, per=60, timeout=0)
    assert limiter.acquire(2)
    copy = pickle.loads(pickle.dumps(limiter))
    assert copy.name == "l" and copy.acquire(timeout=0) is False
