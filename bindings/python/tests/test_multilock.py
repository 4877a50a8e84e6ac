"""Several locks at once: all or none."""

from __future__ import annotations

import itertools

import pytest
from support import KEPT, eventually, in_thread

import distcoord


def test_all_or_none(client: distcoord.Client, other: distcoord.Client) -> None:
    several = client.multilock(["a", "b", "c"])
    with other.lock("b") as held:
        assert several.acquire(timeout=0) is False
        assert several.acquire(timeout=0.1) is False
        assert not client.lock("a").locked() and not client.lock("c").locked()
        waiting = in_thread(several.acquire)
        eventually(lambda: (held.inspect() or pytest.fail("free")).waiters == 1, "it waits")
        assert not client.lock("a").locked(), "none is held meanwhile"
    assert waiting() is True
    assert several.owned() and several.fence > held.fence
    for name in "abc":
        assert other.lock(name).acquire(timeout=0) is False
    several.release()
    for name in "abc":
        assert not client.lock(name).locked()


def test_it_is_a_lock(client: distcoord.Client, other: distcoord.Client) -> None:
    several = client.multilock(("a", "b"), timeout=0.1)
    assert isinstance(several, distcoord.Lock)
    assert several.names == ("a", "b") and several.name == "a, b"
    with several as entered:
        assert entered is several and 5 < several.lease_left <= 10
        several.extend(60)
        assert several.lease_left > 30
        with pytest.raises(distcoord.LockTimeout) as caught:
            with other.multilock(["b", "d"], timeout=0.1):
                pytest.fail("entered")
        assert caught.value.name == "b, d"
    with pytest.raises(distcoord.NotOwner):
        several.release()


def test_losing_one_is_losing_all(client: distcoord.Client, other: distcoord.Client) -> None:
    several = client.multilock(["a", "b"], lease=KEPT)
    with pytest.raises(distcoord.LockLost):
        with several:
            assert other.lock("b").force_release() is True
            assert several.lost.wait(5)
    assert other.multilock(["a", "b"]).acquire(timeout=5)


def test_overlapping_sets_do_not_deadlock(client: distcoord.Client, other: distcoord.Client) -> None:
    """In whatever order the names are given: taken one by one, as the order says, these would."""
    inside: set[str] = set()
    rounds = 15

    def work(which: distcoord.Client, names: tuple[str, ...]) -> None:
        lock = which.multilock(names)
        for _ in range(rounds):
            with lock:
                assert not inside.intersection(names)
                inside.update(names)
                inside.difference_update(names)

    orders = list(itertools.permutations(["a", "b", "c"], 2))
    for wait in [in_thread(lambda i=i, o=o: work((client, other)[i % 2], o)) for i, o in enumerate(orders)]:
        wait()
    assert not inside


def test_a_name_given_twice_counts_once(client: distcoord.Client) -> None:
    with client.multilock(["a", "a", "b"]) as lock:
        assert lock.owned()


@pytest.mark.parametrize("names", [[], [""], ["x" * 513], ["a\0"], [f"n{number}" for number in range(65)]])
def test_bad_names(client: distcoord.Client, names: list[str]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.multilock(names)


def test_names_of_the_wrong_type(client: distcoord.Client) -> None:
    for names in ("abc", [1, 2]):
        with pytest.raises(TypeError):
            client.multilock(names)  # type: ignore[arg-type]


def test_the_most_names(client: distcoord.Client) -> None:
    with client.multilock([f"n{number}" for number in range(64)]) as lock:
        assert client.lock("n63").locked()
        assert len(lock.names) == 64
