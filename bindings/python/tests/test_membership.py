"""Membership: who belongs to a group right now."""

from __future__ import annotations

import os
import pickle
import signal
import time

import pytest
from support import KEPT, Child, Server, eventually, in_thread

import distcoord


def names(group: distcoord.Membership) -> list[str]:
    return [member.value for member in group.members()]


def test_joining_and_leaving(client: distcoord.Client, other: distcoord.Client) -> None:
    first, second = client.membership("g", "one"), other.membership("g", "two", id="second")
    assert first.members() == [] and not first.is_member
    with first as same:
        assert same is first and first.is_member
        first.join()
        with second:
            assert names(first) == ["one", "two"]
            member = first.members()[1]
            assert (member.id, member.value) == ("second", "two") and second.id == "second"
            assert member.label and 5 < member.lease_left <= 10 and abs(member.since - time.time()) < 60
            second.set_value("three")
            assert names(first) == ["one", "three"]
        assert names(second) == ["one"]
    assert first.members() == [] and not first.is_member


def test_misuse(client: distcoord.Client, other: distcoord.Client) -> None:
    with pytest.raises(distcoord.NotMember) as caught:
        client.membership("g").leave()
    assert isinstance(caught.value, RuntimeError) and caught.value.name == "g"
    with client.membership("g", id="a"):
        with pytest.raises(distcoord.MemberExists):
            other.membership("g", id="a").join()
    for arguments in ({"id": ""}, {"id": "x" * 129}, {"value": "x" * 4097}, {"lease": 0}):
        with pytest.raises(distcoord.InvalidArgument):
            client.membership("g", **arguments)  # type: ignore[arg-type]


def test_watching_who_comes_and_goes(client: distcoord.Client, other: distcoord.Client) -> None:
    first, second = client.membership("g", "one", id="1"), other.membership("g", "two", id="2")
    first.join()
    with client.membership("g").watch() as changes:
        assert next(changes)[:3] == ("came", "1", "one")
        second.join()
        assert changes.next(timeout=10)[:3] == ("came", "2", "two")
        second.set_value("changed")
        assert changes.next(timeout=10)[:3] == ("changed", "2", "changed")
        second.leave()
        assert changes.next(timeout=10)[:3] == ("went", "2", "changed")
        with pytest.raises(distcoord.WatchTimeout):
            changes.next(timeout=0)
    first.leave()


def test_a_dead_member_goes_when_its_lease_ends(
    client: distcoord.Client, server: Server, namespace: str,
) -> None:
    program = """
member = client.membership("g", "dies", lease=0.4)
member.join()
say("joined")
time.sleep(60)
"""
    changes = client.membership("g").watch()
    with Child(server, namespace, program) as child:
        child.expect("joined")
        assert changes.next(timeout=10).kind == "came"
        child.signal(signal.SIGKILL)
        began = time.monotonic()
        change = changes.next(timeout=20)
        assert (change.kind, change.value) == ("went", "dies") and time.monotonic() - began < 5


def test_a_lost_membership_is_told(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client:
        member = client.membership("g", lease=KEPT)
        member.join()
        waiting = in_thread(lambda: member.lost.wait(20))
        assert own_server.process is not None
        own_server.process.send_signal(signal.SIGSTOP)
        try:
            assert waiting() is True and member.lost and not member.is_member
        finally:
            own_server.process.send_signal(signal.SIGCONT)
        with pytest.raises(distcoord.MembershipLost):
            member.leave()
        member.join()
        assert member.is_member and not member.lost
        member.leave()


def test_a_dropped_handle_leaves(client: distcoord.Client, other: distcoord.Client) -> None:
    member = client.membership("g", lease=60)
    member.join()
    del member
    eventually(lambda: other.membership("g").members() == [], "it has left")


def test_it_pickles_as_one_that_has_not_joined(client: distcoord.Client) -> None:
    with client.membership("g", "v", id="x", lease=3) as member:
        copy = pickle.loads(pickle.dumps(member))
        assert copy.id == "x" and not copy.is_member and names(copy) == ["v"]


def test_a_membership_stays_the_parents(client: distcoord.Client) -> None:
    member = client.membership("g", lease=60)
    member.join()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            try:
                member.leave()
            except distcoord.Forked:
                with client.membership("g", "child"):
                    status = 0 if len(client.membership("g").members()) == 2 else 2
        finally:
            os._exit(status)
    assert os.waitpid(process, 0)[1] == 0
    assert len(member.members()) == 1
    member.leave()
