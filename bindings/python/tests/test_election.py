"""Elections as their contract says."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator

import pytest
from support import KEPT, again_and_again, eventually, in_thread, sees_renewal

import distcoord


def candidates(election: distcoord.Election) -> int:
    leader = election.leader()
    return 0 if leader is None else leader.candidates


def test_campaign_and_resign(client: distcoord.Client, other: distcoord.Client) -> None:
    first, second = client.election("e", value="first:1"), other.election("e", value="second:2")
    assert first.leader() is None and not first.is_leader and first.term == 0
    assert first.campaign() is True
    assert first.campaign(timeout=0) is True
    assert first.is_leader and not second.is_leader
    leader = second.leader()
    assert leader is not None
    assert (leader.value, leader.term, leader.candidates) == ("first:1", first.term, 0)
    assert leader.label and 5 < leader.lease_left <= 10
    assert abs(leader.since - time.time()) < 60
    assert second.campaign(timeout=0) is False
    assert second.campaign(timeout=0.1) is False
    waiting = in_thread(second.campaign)
    eventually(lambda: candidates(first) == 1, "the candidate waits")
    first.resign()
    assert waiting() is True
    assert second.is_leader and second.term > first.term
    assert not first.is_leader


def test_the_value_is_the_label_unless_given(client: distcoord.Client) -> None:
    with client.election("e") as election:
        leader = election.leader()
        assert leader is not None and leader.value == leader.label


def test_resigning_without_leading(client: distcoord.Client) -> None:
    with pytest.raises(distcoord.NotLeader) as caught:
        client.election("e").resign()
    assert isinstance(caught.value, RuntimeError) and caught.value.name == "e"


def test_a_leadership_is_renewed(client: distcoord.Client, other: distcoord.Client) -> None:
    election = client.election("e", lease=KEPT)
    with election:
        sees_renewal(lambda: (other.election("e").leader() or pytest.fail("nobody leads")).lease_left)
        assert election.is_leader and election.lost.wait(0) is False
    assert election.lost.wait(1) is False


def test_with_lets_the_blocks_exception_through(client: distcoord.Client) -> None:
    election = client.election("e")
    with pytest.raises(KeyError):
        with election:
            assert election.is_leader
            raise KeyError
    assert election.leader() is None


def test_a_dropped_handle_gives_up_its_leadership(client: distcoord.Client, other: distcoord.Client) -> None:
    election = client.election("e", lease=60)
    assert election.campaign()
    del election
    assert other.election("e").campaign(timeout=5)


def test_cancel_withdraws(client: distcoord.Client, other: distcoord.Client) -> None:
    with other.election("e") as leading:
        election = client.election("e")
        waiting = in_thread(election.campaign)
        eventually(lambda: candidates(leading) == 1, "the candidate waits")
        election.cancel()
        with pytest.raises(distcoord.Cancelled):
            waiting()
        assert candidates(leading) == 0


def test_observe_gives_each_change(client: distcoord.Client, other: distcoord.Client) -> None:
    election = client.election("e", value="me")
    changes = other.election("e").observe(timeout=10)
    assert next(changes) is None
    coming = in_thread(lambda: next(changes))
    assert election.campaign()
    leader = coming()
    assert leader is not None and leader.value == "me" and leader.term == election.term
    coming = in_thread(lambda: next(changes))
    election.resign()
    assert coming() is None


def test_observe_begins_with_the_present_or_with_the_first_difference(client: distcoord.Client) -> None:
    with client.election("e") as election:
        assert [each.term for each in election.observe(timeout=0) if each] == [election.term]
        assert [each.term for each in election.observe(0, known_term=0) if each] == [election.term]
        assert list(election.observe(0, known_term=election.term)) == []
        began = time.monotonic()
        assert list(election.observe(timeout=0.15, known_term=election.term)) == []
        assert time.monotonic() - began >= 0.14
    assert list(election.observe(0, known_term=election.term)) == [None]


def test_observe_can_be_cancelled(client: distcoord.Client) -> None:
    election = client.election("e")
    changes: Iterator[object] = election.observe()
    assert next(changes) is None
    waiting = in_thread(lambda: next(changes))
    with again_and_again(election.cancel), pytest.raises(distcoord.Cancelled):
        waiting()


def test_lost_has_a_descriptor(client: distcoord.Client) -> None:
    with client.election("e") as election:
        readable, _, _ = select.select([election.lost], [], [], 0)
        assert not readable
        assert not election.lost
    assert "does not lead" in repr(election)


@pytest.mark.parametrize("arguments", [{"lease": 0}, {"value": "x" * 4097}, {"value": "\0"}, {"value": "\ud800"}])
def test_bad_arguments(client: distcoord.Client, arguments: dict[str, object]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.election("e", **arguments)  # type: ignore[arg-type]


def test_bad_waits(client: distcoord.Client) -> None:
    election = client.election("e")
    with pytest.raises(distcoord.InvalidArgument):
        election.campaign(timeout=-3)
    with pytest.raises(distcoord.InvalidArgument):
        election.observe(timeout=-3)
    with pytest.raises(distcoord.InvalidArgument):
        election.observe(known_term=-1)
