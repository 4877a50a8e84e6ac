"""Barriers as their contract says, which is `threading.Barrier`'s across processes."""

from __future__ import annotations

import signal
import threading
import time

import pytest
from support import Child, Server, eventually, in_thread

import distcoord


def test_all_go_on_together_again_and_again(client: distcoord.Client, other: distcoord.Client) -> None:
    barrier = client.barrier("b", 3)
    assert (barrier.parties, barrier.n_waiting, barrier.generation, barrier.broken) == (3, 0, 0, False)
    for generation in range(3):
        waits = [in_thread(client.barrier("b", 3).wait), in_thread(other.barrier("b", 3).wait)]
        eventually(lambda: barrier.n_waiting == 2, "two wait")
        indexes = [barrier.wait()] + [wait() for wait in waits]
        assert sorted(indexes) == [0, 1, 2] and indexes[0] == 2
        assert (barrier.generation, barrier.n_waiting, barrier.broken) == (generation + 1, 0, False)


def test_one_handle_for_many_threads(client: distcoord.Client) -> None:
    barrier = client.barrier("b", 4)
    waits = [in_thread(barrier.wait) for _ in range(4)]
    assert sorted(wait() for wait in waits) == [0, 1, 2, 3]


def test_one_party_never_waits(client: distcoord.Client) -> None:
    assert client.barrier("b", 1).wait(timeout=0) == 0


def test_a_timeout_breaks_it_for_all(client: distcoord.Client, other: distcoord.Client) -> None:
    barrier = client.barrier("b", 3)
    waiting = in_thread(other.barrier("b", 3).wait)
    eventually(lambda: barrier.n_waiting == 1, "one waits")
    began = time.monotonic()
    with pytest.raises(distcoord.BarrierBroken) as caught:
        barrier.wait(timeout=0.2)
    assert time.monotonic() - began >= 0.19
    assert isinstance(caught.value, threading.BrokenBarrierError)
    assert (caught.value.name, caught.value.status) == ("b", 1)
    with pytest.raises(distcoord.BarrierBroken):
        waiting()
    assert barrier.broken
    with pytest.raises(distcoord.BarrierBroken):
        barrier.wait()
    barrier.reset()
    assert not barrier.broken and barrier.n_waiting == 0
    waits = [in_thread(barrier.wait) for _ in range(3)]
    assert sorted(wait() for wait in waits) == [0, 1, 2]


def test_abort(client: distcoord.Client, other: distcoord.Client) -> None:
    barrier = client.barrier("b", 2)
    waiting = in_thread(barrier.wait)
    eventually(lambda: barrier.n_waiting == 1, "one waits")
    other.barrier("b", 2).abort()
    with pytest.raises(distcoord.BarrierBroken):
        waiting()
    assert barrier.broken


def test_reset_breaks_those_who_wait(client: distcoord.Client) -> None:
    barrier = client.barrier("b", 2)
    waiting = in_thread(barrier.wait)
    eventually(lambda: barrier.n_waiting == 1, "one waits")
    barrier.reset()
    with pytest.raises(distcoord.BarrierBroken):
        waiting()
    assert not barrier.broken


def test_cancel_breaks(client: distcoord.Client) -> None:
    barrier = client.barrier("b", 2)
    waiting = in_thread(barrier.wait)
    eventually(lambda: barrier.n_waiting == 1, "one waits")
    barrier.cancel()
    with pytest.raises(distcoord.Cancelled):
        waiting()
    assert barrier.broken


def test_another_number_of_parties_is_a_conflict(client: distcoord.Client, other: distcoord.Client) -> None:
    waiting = in_thread(client.barrier("b", 2).wait)
    eventually(lambda: client.barrier("b", 2).n_waiting == 1, "one waits")
    with pytest.raises(distcoord.Conflict):
        other.barrier("b", 3).wait(timeout=1)
    other.barrier("b", 2).wait(timeout=5)
    waiting()


@pytest.mark.parametrize("parties", [0, -1, 1_000_001, 2**70])
def test_bad_numbers_of_parties(client: distcoord.Client, parties: int) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.barrier("b", parties)


def test_bad_arguments(client: distcoord.Client) -> None:
    with pytest.raises((TypeError, AttributeError)):
        client.barrier("b", 2.5)  # type: ignore[arg-type]
    with pytest.raises(distcoord.InvalidArgument):
        client.barrier("b", 2).wait(timeout=-2)


def test_the_last_party_runs_the_action_before_anybody_goes_on(
    client: distcoord.Client, other: distcoord.Client,
) -> None:
    said: list[str] = []
    barrier = client.barrier("b", 3, action=lambda: said.append("action"))

    def wait(one: distcoord.Barrier) -> int:
        index = one.wait(timeout=20)
        said.append("on")
        return index

    for generation in range(2):
        second = other.barrier("b", 3, lambda: said.append("action"))
        waits = [in_thread(lambda b=b: wait(b)) for b in (second, barrier)]
        eventually(lambda: barrier.n_waiting == 2, "two wait")
        assert "on" not in said and "action" not in said
        assert wait(barrier) == 2 and sorted(each() for each in waits) == [0, 1]
        assert said == ["action", "on", "on", "on"]
        said.clear()
        assert barrier.generation == generation + 1


def test_an_action_that_raises_breaks_the_barrier(client: distcoord.Client, other: distcoord.Client) -> None:
    waiting = in_thread(other.barrier("b", 2, action=print).wait)
    eventually(lambda: client.barrier("b", 2).n_waiting == 1, "one waits")
    with pytest.raises(KeyError, match="x"):
        client.barrier("b", 2, action=lambda: {}["x"]).wait()
    with pytest.raises(distcoord.BarrierBroken):
        waiting()
    assert client.barrier("b", 2).broken


def test_an_action_may_use_the_library(client: distcoord.Client) -> None:
    def act() -> None:
        with client.lock("x"):
            client.queue("q").push("acted")

    assert client.barrier("b", 1, act).wait() == 0
    assert client.queue("q").counts().waiting == 1
    with pytest.raises(TypeError):
        client.barrier("b", 1, "no function")  # type: ignore[arg-type]


def test_ctrl_c_in_an_action_comes_out_of_the_wait(server: Server, namespace: str, client: distcoord.Client) -> None:
    program = """
def act():
    say("acts")
    time.sleep(60)
try:
    client.barrier("b", 1, act).wait()
except KeyboardInterrupt:
    say("interrupted")
"""
    with Child(server, namespace, program) as child:
        child.expect("acts")
        child.signal(signal.SIGINT)
        child.expect("interrupted")
        assert child.finish() == 0 and child.errors() == ""
    assert client.barrier("b", 1).broken
