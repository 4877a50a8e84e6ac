"""Double barriers: parties begin together and leave together."""

from __future__ import annotations

import os
import pickle
import signal
import time

import pytest
from support import KEPT, Child, Server, again_and_again, eventually, in_thread

import distcoord


def test_they_begin_and_leave_together(client: distcoord.Client, other: distcoord.Client) -> None:
    first, second = client.double_barrier("d", 2), other.double_barrier("d", 2)
    for number in range(2):
        entering = in_thread(first.enter)
        eventually(lambda: client.double_barrier("d", 2).inspect().inside == 1, "one is inside")
        assert not first.lost
        assert sorted([second.enter(), entering()]) == [0, 1]
        assert first.is_inside and second.is_inside
        leaving = in_thread(first.leave)
        eventually(lambda: second.inspect().left == 1, "one has left")
        second.leave()
        leaving()
        assert not first.is_inside and second.inspect().inside == 0
        assert second.inspect().round >= number


def test_with(client: distcoord.Client, other: distcoord.Client) -> None:
    said: list[str] = []

    def work(barrier: distcoord.DoubleBarrier, name: str) -> None:
        with barrier as same:
            assert same is barrier
            said.append(f"{name} in")
        said.append(f"{name} out")

    one = in_thread(lambda: work(client.double_barrier("d", 2), "a"))
    two = in_thread(lambda: work(other.double_barrier("d", 2), "b"))
    one()
    two()
    assert sorted(said[:2]) == ["a in", "b in"] and sorted(said[2:]) == ["a out", "b out"]


def test_who_gives_up_has_withdrawn(client: distcoord.Client, other: distcoord.Client) -> None:
    first = client.double_barrier("d", 2, timeout=0.05)
    with pytest.raises(distcoord.BarrierTimeout) as caught:
        first.enter(timeout=0.05)
    assert isinstance(caught.value, TimeoutError) and caught.value.name == "d"
    with pytest.raises(distcoord.BarrierTimeout):
        first.__enter__()
    waiting = in_thread(first.enter)
    with again_and_again(first.cancel), pytest.raises(distcoord.Cancelled):
        waiting()
    assert first.inspect().inside == 0 and not first.is_inside
    entering = in_thread(first.enter)
    other.double_barrier("d", 2).enter(timeout=10)
    entering()


def test_misuse(client: distcoord.Client) -> None:
    barrier = client.double_barrier("d", 1)
    with pytest.raises(distcoord.NotInside) as caught:
        barrier.leave()
    assert isinstance(caught.value, RuntimeError)
    assert barrier.enter() == 0
    for another in (lambda: barrier.enter(), lambda: client.double_barrier("d", 3).enter(timeout=1)):
        with pytest.raises(distcoord.Conflict):
            another()
    barrier.leave()
    for arguments in ({"parties": 0}, {"lease": 0}, {"on_death": "die"}, {"timeout": -3}):
        with pytest.raises(distcoord.InvalidArgument):
            client.double_barrier(**{"name": "d", "parties": 2, **arguments})


def test_abort(client: distcoord.Client, other: distcoord.Client) -> None:
    barrier = client.double_barrier("d", 2)
    waiting = in_thread(barrier.enter)
    eventually(lambda: barrier.inspect().inside == 1, "it waits")
    other.double_barrier("d", 2).abort()
    with pytest.raises(distcoord.BarrierBroken):
        waiting()


@pytest.mark.parametrize("on_death", ["break", "shrink"])
def test_a_dead_party_breaks_or_shrinks_it(
    on_death: str, client: distcoord.Client, server: Server, namespace: str,
) -> None:
    program = f"""
party = client.double_barrier("d", 2, lease={KEPT}, on_death="{on_death}")
party.enter()
say("inside")
time.sleep(60)
"""
    barrier = client.double_barrier("d", 2, on_death=on_death)  # type: ignore[arg-type]
    with Child(server, namespace, program) as child:
        barrier.enter(timeout=20)
        child.expect("inside")
        child.signal(signal.SIGKILL)
        began = time.monotonic()
        if on_death == "break":
            with pytest.raises(distcoord.BarrierBroken):
                barrier.leave(timeout=20)
        else:
            barrier.leave(timeout=20)
        assert time.monotonic() - began < 10


def test_it_pickles_as_one_that_is_outside(client: distcoord.Client) -> None:
    barrier = client.double_barrier("d", 1, lease=5)
    with barrier:
        copy = pickle.loads(pickle.dumps(barrier))
        assert not copy.is_inside and copy.parties == 1


def test_what_is_inside_stays_the_parents(client: distcoord.Client) -> None:
    barrier = client.double_barrier("d", 1)
    barrier.enter()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            barrier.leave()
        except distcoord.Forked:
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(process, 0)[1] == 0
    assert barrier.inspect().inside == 1
    barrier.leave()
