"""Watching who leads, and running things while leading."""

from __future__ import annotations

import signal
import threading
import time

import pytest
from support import Child, Server, again_and_again, eventually, in_thread

import distcoord


def test_leaders_gives_the_present_and_each_change(client: distcoord.Client, other: distcoord.Client) -> None:
    election, watching = client.election("e", value="one"), other.election("e")
    with watching.leaders() as leaders:
        assert next(leaders) is None
        assert election.campaign()
        leader = leaders.next(timeout=10)
        assert leader is not None and (leader.value, leader.term) == ("one", election.term)
        election.set_value("two")
        leader = leaders.next(timeout=10)
        assert leader is not None and (leader.value, leader.term) == ("two", election.term)
        election.resign()
        assert leaders.next(timeout=10) is None
        with pytest.raises(distcoord.WatchTimeout) as caught:
            leaders.next(timeout=0)
        assert isinstance(caught.value, TimeoutError)


def test_leaders_ends_when_nothing_changes_or_it_is_closed(client: distcoord.Client) -> None:
    election = client.election("e")
    assert list(election.leaders(timeout=0)) == [None]
    leaders, seen = election.leaders(), []
    watching = in_thread(lambda: [seen.append(each) for each in leaders])
    eventually(lambda: seen == [None], "the present is seen")
    leaders.close()
    watching()
    assert seen == [None]
    with pytest.raises(distcoord.Closed):
        leaders.next(timeout=0)


def test_a_watch_can_be_cancelled_and_goes_on(client: distcoord.Client, other: distcoord.Client) -> None:
    leaders = client.election("e").leaders()
    assert next(leaders) is None
    waiting = in_thread(lambda: next(leaders))
    with again_and_again(leaders.cancel), pytest.raises(distcoord.Cancelled):
        waiting()
    with other.election("e", value="later"):
        leader = leaders.next(timeout=10)
        assert leader is not None and leader.value == "later"


def test_evict(client: distcoord.Client, other: distcoord.Client) -> None:
    first, second = client.election("e", lease=5, renewal=0.1), other.election("e")
    assert second.evict() is False
    assert first.campaign()
    assert second.evict(term=first.term + 1) is False and first.leader() is not None
    waiting = in_thread(second.campaign)
    eventually(lambda: (second.leader() or pytest.fail()).candidates == 1, "it waits")
    assert second.evict(term=first.term) is True
    assert waiting() is True
    assert first.lost.wait(15) is True
    with pytest.raises(distcoord.LeadershipLost):
        first.set_value("too late")
    with pytest.raises(distcoord.LeadershipLost):
        first.resign()


def test_a_value_set_before_holds_for_the_next_leadership(client: distcoord.Client) -> None:
    election = client.election("e", value="old")
    election.set_value("new")
    with election:
        leader = election.leader()
        assert leader is not None and leader.value == "new"
    with pytest.raises(distcoord.InvalidArgument):
        election.set_value("x" * 4097)


@pytest.mark.parametrize("arguments", [{"renewal": 0.001}, {"renewal": 6}, {"step_down": -1}, {"step_down": 6}])
def test_bad_times(client: distcoord.Client, arguments: dict[str, float]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.election("e", lease=10, **arguments)  # type: ignore[arg-type]


def test_run_calls_back_in_order(client: distcoord.Client, other: distcoord.Client) -> None:
    election, said = client.election("e", lease=5, renewal=0.1, step_down=0.2), []

    def acquired(leadership: distcoord.Leadership) -> None:
        said.append(("acquired", leadership.term, bool(leadership.lost)))

    def lost(leadership: distcoord.Leadership) -> None:
        said.append(("lost", leadership.term, bool(leadership.lost)))

    running = in_thread(lambda: election.run(on_acquired=acquired, on_lost=lost))
    eventually(lambda: len(said) == 1, "it leads")
    assert other.election("e").evict()
    eventually(lambda: len(said) == 3, "it leads again")
    assert election.is_leader
    election.cancel()
    assert running() is None
    first, second = said[0][1], said[2][1]
    assert second > first
    assert said == [("acquired", first, False), ("lost", first, True), ("acquired", second, False),
                    ("lost", second, False)]
    assert election.leader() is None, "it has resigned"


def test_run_hands_over_only_after_it_was_told(client: distcoord.Client, other: distcoord.Client) -> None:
    told, go_on = threading.Event(), threading.Event()

    def lost(leadership: distcoord.Leadership) -> None:
        told.set()
        assert go_on.wait(20)

    election = client.election("e")
    running = in_thread(lambda: election.run(on_lost=lost))
    eventually(lambda: election.is_leader, "it leads")
    next_one = in_thread(other.election("e").campaign)
    election.cancel()
    assert told.wait(20) and election.is_leader
    go_on.set()
    running()
    assert next_one() is True


def test_an_error_of_a_callback_ends_the_run(client: distcoord.Client) -> None:
    election, said = client.election("e"), []

    def fail(leadership: distcoord.Leadership) -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        election.run(on_acquired=fail, on_lost=lambda leadership: said.append(leadership.term))
    assert said == [election.term] and election.leader() is None


def test_run_while_leader_returns_what_the_function_does(client: distcoord.Client) -> None:
    election = client.election("e")
    assert election.run_while_leader(lambda leadership: leadership.term) == election.term
    assert election.leader() is None


def test_run_while_leader_stops_the_function_on_loss_and_campaigns_again(
    client: distcoord.Client, other: distcoord.Client,
) -> None:
    election, terms = client.election("e", lease=5, renewal=0.1), []

    def work(leadership: distcoord.Leadership) -> str:
        terms.append(leadership.term)
        if len(terms) == 1:
            assert leadership.wait(20) and leadership.lost and leadership.stop_requested
            return "lost"
        assert not leadership.stop_requested and leadership.wait(0) is False
        return "done"

    running = in_thread(lambda: election.run_while_leader(work))
    eventually(lambda: terms, "it works")
    assert other.election("e").evict()
    assert running() == "done"
    assert len(terms) == 2 and terms[1] > terms[0]


def test_cancel_stops_the_function(client: distcoord.Client, other: distcoord.Client) -> None:
    election, begun = client.election("e"), threading.Event()

    def work(leadership: distcoord.Leadership) -> str:
        begun.set()
        assert leadership.wait() and leadership.stop_requested and not leadership.lost
        return "never returned"

    running = in_thread(lambda: election.run_while_leader(work))
    assert begun.wait(20)
    election.cancel()
    assert running() is None
    with other.election("e"):  # and also while it waits to lead
        running = in_thread(lambda: election.run_while_leader(work))
        eventually(lambda: (election.leader() or pytest.fail()).candidates == 1, "it waits")
        election.cancel()
        assert running() is None
    assert election.campaign(timeout=5), "later calls are not affected"


@pytest.mark.parametrize("call", [
    "client.election('e').run()", "client.election('e').run_while_leader(lambda l: l.wait())",
    "list(client.election('e').leaders())",
])
@pytest.mark.parametrize("leads", [True, False])
def test_ctrl_c_ends_a_run(
    call: str, leads: bool, client: distcoord.Client, server: Server, namespace: str,
) -> None:
    program = f"""
client.ping()
try:
    say("runs")
    {call}
except KeyboardInterrupt:
    say("interrupted")
say(str(client.election('e').leader() is None))
"""
    holder = client.election("e")
    if not leads:
        assert holder.campaign()
    with Child(server, namespace, program) as child:
        child.expect("runs")
        time.sleep(0.15)
        child.signal(signal.SIGINT)
        child.expect("interrupted")
        child.expect(str(leads))
        assert child.finish() == 0


def test_cancel_ends_a_run_at_any_moment(client: distcoord.Client) -> None:
    """Also one that is about to wait: the library's cancel ends only waits that have begun."""
    for number in range(60):
        election = client.election("e")
        running = in_thread(election.run)
        eventually(lambda: election._runs, "it has begun")
        time.sleep(number % 6 * 0.0004)
        election.cancel()
        assert running() is None
    assert election.leader() is None


def test_close_ends_a_watch_at_any_moment(client: distcoord.Client) -> None:
    for number in range(60):
        leaders = client.election("e").leaders()
        rest = in_thread(lambda: list(leaders))
        time.sleep(number % 6 * 0.0004)
        leaders.close()
        assert rest() in ([], [None])
