#!/usr/bin/env python3
"""Contracts of the scripts of double barriers and groups, against a real server. Prints `N passed, N failed`.

    Tests/Scripts/double_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import sys

from meeting_histories import double_history
from meeting_tools import DOUBLE, GROUP, main, until_over


# ---------------------------------------------------------------- double barriers

def both_in(meeting, shrinks=False, lease=60000):
    """Parties a:1 and b:1 are inside; their numbers."""
    first = meeting.enter("a:1", shrinks=shrinks, lease=lease)
    second = meeting.enter("b:1", shrinks=shrinks)
    assert meeting.wait("enter", "a:1", "a:9") == [1, 0, 0] and meeting.wait("enter", "b:1", "b:9") == [1, 1, 0]
    return first, second


def test_all_come_in_together(meeting):
    mailbox = meeting.mailbox("a", "b")
    first = meeting.enter("a:1")
    code, number, left = meeting.enter("a:1")
    assert (code, int(number)) == (1, first) and 59000 < left <= 60000, "sent again"
    code, of, look = meeting.wait("enter", "a:1", "a:9")
    assert (code, of) == (0, 0) and 59000 < look <= 60001
    assert meeting.round() == (1, 0, 2, 0)
    meeting.enter("b:1")
    assert mailbox.all(1) == ["9 1 0 0"]
    assert meeting.wait("enter", "b:1", "b:9") == [1, 1, 0]
    assert meeting.wait("enter", "a:1", "a:9", 0) == [1, 0, 0], "who missed the message"
    assert meeting.round() == (2, 0, 2, 0)


def test_all_leave_together(meeting):
    mailbox = meeting.mailbox("a")
    first, second = both_in(meeting)
    assert meeting.leave("a:1", first) == 1
    assert meeting.wait("leave", "a:1", "a:8", 0)[:2] == [0, 0]
    assert meeting.round() == (1, 1, 2, 0)
    assert meeting.leave("b:1", second) == 1
    assert mailbox.all(1) == ["8 1 0 0"]
    assert meeting.wait("leave", "b:1", "b:8", 0) == [1, 0, 0]
    assert meeting.wait("leave", "a:1", "a:8", 0) == [1, 0, 0]
    assert meeting.round() == (0, 0, 2, 1)
    assert meeting.leave("b:1", second) == 1, "sent again"


def test_the_next_round_waits_for_the_end_of_this(meeting):
    mailbox = meeting.mailbox("c")
    first, second = both_in(meeting)
    assert meeting.enter("c:1") == [0, 0, 0, 0, 0]
    assert meeting.wait("next", "", "c:1")[0] == 0
    meeting.leave("a:1", first)
    meeting.leave("b:1", second)
    assert mailbox.all(1) == ["1 1"]
    assert meeting.wait("next", "", "c:1") == [1, 0, 1]
    assert meeting.enter("c:1") == second + 1


def test_another_number_of_parties(meeting):
    first = meeting.enter("a:1", 3)
    assert meeting.enter("b:1", 2) == -3
    assert meeting.wait("enter", "a:1", "a:9", 0, True)[0] == 0
    assert meeting.enter("b:1", 2) == first + 1


def test_giving_up_before_all_are_in(meeting):
    meeting.enter("a:1")
    meeting.wait("enter", "a:1", "a:9")
    assert meeting.wait("enter", "a:1", "a:9", 0, True)[0] == 0
    assert meeting.wait("enter", "a:1", "a:9", 0, True)[0] == 0, "sent again"
    assert meeting.round() == (0, 0, 2, 0)
    both_in(meeting)
    assert meeting.wait("enter", "a:1", "a:9", 0, True) == [1, 0, 0], "in the last moment"


def test_a_death_breaks_it(meeting):
    mailbox = meeting.mailbox("b", "c")
    meeting.enter("a:1", 3, lease=30)
    second = meeting.enter("b:1", 3)
    meeting.wait("enter", "b:1", "b:9")
    until_over(30)
    # Who comes by finds it, and is the first of another round.
    third = meeting.enter("c:1", 3)
    assert mailbox.all(1) == ["9 2"]
    assert meeting.wait("enter", "b:1", "b:9", 0) == [2]
    assert meeting.renew("b:1", second) == 1 and meeting.leave("b:1", second) == 1
    assert meeting.renew("c:1", third) == 1
    assert meeting.round(3) == (1, 0, 3, 1)


def test_a_death_inside_breaks_it_for_those_who_leave(meeting):
    mailbox = meeting.mailbox("b")
    first, second = both_in(meeting, lease=40)
    meeting.leave("b:1", second)
    code, _, look = meeting.wait("leave", "b:1", "b:8", 0)
    assert code == 0 and 0 < look <= 51
    until_over(50)
    assert meeting.renew("a:1", first) == 0, "taken for dead, though nobody has come by"
    assert meeting.wait("leave", "b:1", "b:8", 0) == [2]
    assert mailbox.all(1) == ["8 2"]
    assert meeting.renew("a:1", first) == 1 and meeting.leave("a:1", first) == 1, "its round has ended"


def test_a_death_makes_it_smaller(meeting):
    mailbox = meeting.mailbox("a", "b")
    meeting.enter("a:1", 2, 30, True)
    meeting.wait("enter", "a:1", "a:9")
    until_over(30)
    assert meeting.round() == (0, 0, 2, 0), "the last one has died"
    first = meeting.enter("a:2", 3, 30, True)
    second, third = (meeting.enter(f"b:{i}", 3, 60000, True) for i in (1, 2))
    meeting.wait("enter", "b:1", "b:9")
    until_over(30)
    # Three had entered: the death of one of them comes too late to matter for that.
    assert meeting.wait("enter", "b:1", "b:9") == [1, 1, 0]
    assert meeting.leave("b:1", second) == 1 and meeting.round() == (1, 1, 2, 0)
    assert meeting.leave("b:2", third) == 1
    assert meeting.wait("leave", "b:1", "b:8", 0) == [1, 0, 0]
    assert meeting.round() == (0, 0, 2, 1) and meeting.renew("a:2", first) == 1
    assert mailbox.next() == "9 2"


def test_a_death_lets_those_in_who_are_enough_without_it(meeting):
    mailbox = meeting.mailbox("b")
    meeting.enter("a:1", 2, 30, True)
    until_over(30)
    assert meeting.round() == (0, 0, 2, 0)
    meeting.enter("a:2", 3, 30, True)
    meeting.enter("b:2", 3, 60000, True)
    meeting.wait("enter", "b:2", "b:9")
    until_over(30)
    assert meeting.round() == (1, 0, 2, 0)
    meeting.enter("b:3", 3, 60000, True)
    assert mailbox.all(1) == ["9 1 0 0"]


def test_renewing_keeps_it_alive(meeting):
    first, _ = both_in(meeting, lease=40)
    for _ in range(4):
        until_over(20)
        assert meeting.renew("a:1", first, 40) == 1
    assert meeting.round() == (2, 0, 2, 0)
    until_over(40)
    assert meeting.round() == (0, 0, 2, 1)


def test_aborting_breaks_it_once(meeting):
    mailbox = meeting.mailbox("a")
    meeting.enter("a:1")
    meeting.wait("enter", "a:1", "a:9")
    meeting.once("double_abort", DOUBLE, number=1)
    assert mailbox.all(1) == ["9 2"]
    meeting.enter("a:2")
    meeting.once("double_abort", DOUBLE, number=1)
    assert meeting.round() == (1, 0, 2, 1), "sent again"
    meeting.once("double_abort", DOUBLE, number=2)
    meeting.once("double_abort", DOUBLE, number=3)
    assert meeting.round() == (0, 0, 2, 2), "there was nothing to break"


def test_histories_of_double_barriers(meeting):
    for seed in range(60):
        meeting.redis("FLUSHALL")
        double_history(meeting, seed, shrinks=seed % 2 == 1)


# ---------------------------------------------------------------- groups

def test_members_come_change_and_go(meeting):
    changes = meeting.mailbox(GROUP + ":changes")
    first = meeting.join("c:1")
    second = meeting.join("d:1", "b", "two\nlines")
    assert meeting.members() == {"a": "one", "b": "two"} and second == first + 1
    assert meeting.announce("c:1", first, "three") == 1
    assert meeting.announce("c:1", first, "three") == 1, "sent again"
    assert meeting.depart("c:1", first) == 1 and meeting.depart("c:1", first) == -1
    told = [message.split("\n") for message in changes.all(4)]
    assert [lines[0] for lines in told] == [
        f"{first} + a", f"{second} + b", f"{second + 1} + a", f"{second + 2} - a"]
    assert told[0][1] == "c/1" and told[0][5] == "one" and told[1][5:] == ["two", "lines"] and told[2][5] == "three"
    assert told[2][2] == told[0][2] and told[0][2].startswith(f"{first} ")


def test_no_two_have_the_same_id(meeting):
    first = meeting.join("c:1")
    assert meeting.join("c:2", handle=2) == [0, 0, 0, 0, 0]
    assert meeting.join("d:1") == [0, 0, 0, 0, 0]
    again = meeting.join("c:3")
    assert again[0] == 1 and int(again[1]) == first, "the same handle: its answer was lost"
    assert meeting.depart("d:1", first) == -1
    assert meeting.run("members_withdraw", GROUP, "c:1", "a") == [0] and meeting.members() == {"a": "one"}
    assert meeting.run("members_withdraw", GROUP, "c:3", "a") == [0] and meeting.members() == {}


def test_the_dead_are_gone_and_told(meeting):
    changes = meeting.mailbox(GROUP + ":changes")
    first = meeting.join("c:1", lease=30)
    second = meeting.join("d:1", "b")
    assert meeting.run("members_renew", GROUP, "c:1", 1, "a", first, 60) == 1
    until_over(30)
    assert set(meeting.members()) == {"a", "b"}
    until_over(30)
    assert meeting.announce("c:1", first, "two") == 0
    assert meeting.run("members_renew", GROUP, "c:1", 1, "a", first, 60) == 0
    assert set(meeting.members()) == {"b"}
    assert [message.split("\n")[0] for message in changes.all(3)][2] == f"{second + 1} - a"


def test_many_dead_are_all_gone(meeting):
    for number in range(250):
        meeting.join(f"c:{number}", f"m{number}", handle=number)
    for number in range(250):
        meeting.redis("ZADD", GROUP + ":m", "XX", 1, f"m{number}")
    assert meeting.members() == {}


def test_everything_expires(meeting):
    both_in(meeting)
    meeting.enter("c:1")
    meeting.wait("next", "", "c:1")
    meeting.join("c:1")
    for key in meeting.redis("KEYS", "*"):
        assert meeting.redis("PTTL", key) > 0, key


if __name__ == "__main__":
    sys.exit(main(globals().copy(), sys.argv[1:]))
