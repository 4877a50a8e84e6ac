"""Latches: a count that is taken down to zero."""

from __future__ import annotations

import pickle
import time

import pytest
from support import again_and_again, in_thread

import distcoord


def test_all_go_on_at_zero(client: distcoord.Client, other: distcoord.Client) -> None:
    latch, same = client.latch("l", 3), other.latch("l")
    waits = [in_thread(latch.wait), in_thread(same.wait)]
    assert latch.count == 3 and latch.count_down() == 2 and same.count == 2
    assert latch.wait(timeout=0) is False and latch.wait(timeout=0.05) is False
    assert same.count_down(2) == 0
    assert [wait() for wait in waits] == [True, True]
    assert latch.wait() is True and latch.count_down() == 0, "it stays open"


def test_a_latch_without_a_count_is_one_that_another_makes(client: distcoord.Client) -> None:
    latch = client.latch("l")
    for call in (latch.count_down, lambda: latch.count):
        with pytest.raises(distcoord.LatchNotFound) as caught:
            call()
        assert isinstance(caught.value, LookupError)
    waiting = in_thread(lambda: latch.wait(timeout=20))
    time.sleep(0.03)
    assert client.latch("l", 1).count_down() == 0
    assert waiting() is True


def test_reset_makes_it_anew(client: distcoord.Client) -> None:
    latch = client.latch("l", 2)
    assert latch.count == 2
    waiting = in_thread(latch.wait)
    with again_and_again(lambda: latch.reset(5)), pytest.raises(distcoord.BarrierBroken) as caught:
        waiting()
    assert caught.value.name == "l"
    assert latch.count == 5
    latch.reset()
    assert latch.count == 2
    with pytest.raises(distcoord.InvalidArgument):
        client.latch("l").reset()


def test_cancel(client: distcoord.Client) -> None:
    latch = client.latch("l", 1)
    waiting = in_thread(latch.wait)
    with again_and_again(latch.cancel), pytest.raises(distcoord.Cancelled):
        waiting()


def test_it_pickles_with_its_count(client: distcoord.Client) -> None:
    assert pickle.loads(pickle.dumps(client.latch("l", 4))).count_down() == 3


@pytest.mark.parametrize("count", [0, -1, 1_000_000_001])
def test_bad_counts(client: distcoord.Client, count: int) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.latch("l", count)
    with pytest.raises(distcoord.InvalidArgument):
        client.latch("l", 1).count_down(count)
