#!/usr/bin/env python3
"""Contracts of the scripts of barriers, latches and events, against a real server. Prints `N passed, N failed`.

    Tests/Scripts/barrier_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import sys

from meeting_histories import barrier_history
from meeting_tools import BARRIER, EVENT, LATCH, main


# ---------------------------------------------------------------- barriers

def test_the_last_to_arrive_releases_all(meeting):
    mailbox = meeting.mailbox("a", "b")
    assert meeting.arrive("a:1", 3) == [0, 0, 0]
    assert meeting.arrive("b:1", 3) == [0, 0, 0]
    assert meeting.shape() == (2, 0, 0)
    assert meeting.arrive("c:1", 3) == [1, 2, 0]
    assert sorted(mailbox.all(2)) == ["1 1 0 0", "1 1 1 0"]
    assert meeting.shape() == (0, 1, 0)
    assert meeting.arrive("c:2", 3) == [0, 1, 0]


def test_asking_again_is_no_second_arrival(meeting):
    meeting.mailbox("a")
    for _ in range(3):
        assert meeting.arrive("a:1", 2, known=0) == [0, 0, 0]
    assert meeting.shape() == (1, 0, 0)


def test_who_missed_the_message_learns_it(meeting):
    _mailbox = meeting.mailbox("a")
    for generation in range(5):
        assert meeting.arrive(f"a:{generation}") == [0, generation, 0]
        assert meeting.arrive(f"b:{generation}") == [1, 1, generation]
    for generation in range(5):
        assert meeting.arrive(f"a:{generation}", known=generation) == [1, 0, generation]
        # The last one's answer may have been lost as well.
        assert meeting.arrive(f"b:{generation}") == [1, 1, generation]
    assert meeting.shape() == (0, 5, 0)


def test_a_dead_party_frees_its_place(meeting):
    _mailbox = meeting.mailbox("b")
    meeting.arrive("dead:1")
    assert meeting.arrive("b:1") == [0, 0, 0]
    assert meeting.shape() == (1, 0, 0)
    assert meeting.arrive("c:1") == [1, 1, 0]


def test_one_that_seemed_dead_arrives_anew(meeting):
    _mailbox = meeting.mailbox("b")
    meeting.arrive("a:1")
    meeting.arrive("b:1")
    assert meeting.arrive("c:1") == [1, 1, 0]
    # It lives after all, and asks with the generation that went without it.
    assert meeting.arrive("a:1", known=0) == [0, 1, 0]


def test_an_arrival_that_is_sent_again_late_is_no_other_party(meeting):
    mailbox = meeting.mailbox("a", "b", "c")
    meeting.arrive("c:1")
    assert meeting.arrive("a:0") == [1, 1, 0]
    for generation in range(1, 2000):
        meeting.arrive(f"a:{generation}")
        assert meeting.arrive(f"b:{generation}") == [1, 1, generation]
    shape = meeting.shape()
    assert meeting.arrive("c:1") == [1, 0, 0] and meeting.shape() == shape
    meeting.redis("ZREMRANGEBYRANK", BARRIER[2], 0, 1)
    assert meeting.arrive("c:1") == [2] and meeting.shape() == shape, "so long ago that nobody knows"
    mailbox.connection("UNSUBSCRIBE")


def test_giving_up_breaks_it_for_all(meeting):
    mailbox = meeting.mailbox("a")
    meeting.arrive("a:1", 3)
    meeting.arrive("b:1", 3)
    assert meeting.give_up("b:1", 0) == [0]
    assert mailbox.all(1) == ["1 2"]
    assert meeting.give_up("b:1", 0) == [0], "sent again"
    assert meeting.give_up("a:1", 0) == [2]
    assert meeting.arrive("c:1", 3) == [2] and meeting.shape() == (0, 0, 1)


def test_an_arrival_that_comes_after_its_party_gave_up_does_not_count(meeting):
    _mailbox = meeting.mailbox("a", "b")
    assert meeting.give_up("a:1") == [0]
    assert meeting.arrive("a:1") == [2]
    assert meeting.shape() == (0, 0, 0)


def test_giving_up_in_the_last_moment(meeting):
    _mailbox = meeting.mailbox("a")
    meeting.arrive("a:1")
    meeting.arrive("b:1")
    assert meeting.give_up("a:1", 0) == [1, 0, 0]
    assert meeting.shape() == (0, 1, 0)


def test_a_reset_is_broken_for_those_who_wait(meeting):
    mailbox = meeting.mailbox("a")
    meeting.arrive("a:1")
    meeting.once("barrier_break", BARRIER, 0)
    assert mailbox.all(1) == ["1 2"]
    assert meeting.shape() == (0, 1, 0)
    assert meeting.arrive("a:1", known=0) == [2], "who missed the message"
    assert meeting.give_up("a:1", 0) == [2]
    assert meeting.arrive("a:2") == [0, 1, 0]


def test_breaking_is_not_done_again(meeting):
    meeting.once("barrier_break", BARRIER, 1, number=1)
    meeting.once("barrier_break", BARRIER, 0, number=2)
    assert meeting.once("barrier_break", BARRIER, 1, number=1) == 1
    assert meeting.shape() == (0, 1, 0)


def test_another_number_of_parties(meeting):
    meeting.mailbox("a")
    meeting.arrive("a:1", 3)
    assert meeting.arrive("b:1", 2) == [3, 3]
    assert meeting.shape() == (1, 0, 0)
    meeting.once("barrier_break", BARRIER, 0)
    assert meeting.arrive("b:1", 2) == [0, 1, 0]


def test_more_than_one_call_takes_are_released(meeting):
    clients = [f"c{i}" for i in range(5)]
    mailbox = meeting.mailbox(*clients)
    for number in range(1199):
        assert meeting.arrive(f"c{number % 5}:{number}", 1200) == [0, 0, 0]
    assert meeting.arrive("z:1", 1200) == [1, 1199, 0]
    assert {message.split()[2] for message in mailbox.all(1199)} == {str(index) for index in range(1199)}


# ---------------------------------------------------------------- the action

def test_the_last_one_acts_before_anybody_goes_on(meeting):
    mailbox = meeting.mailbox("a", "b")
    meeting.arrive("a:1", acts=True)
    assert meeting.arrive("b:1", acts=True) == [4, 1, 0]
    assert mailbox.all(1) == ["1 0"], "one of each other client asks how long to wait"
    code, generation, left = meeting.arrive("a:1", known=0, acts=True)
    assert (code, generation) == (0, 0) and 4000 < left <= 5001
    assert meeting.shape() == (2, 0, 0)
    assert meeting.arrive("b:1", acts=True) == [4, 1, 0], "the answer was lost"
    assert meeting.run("barrier_act", BARRIER, "b:1") == 1
    assert meeting.finish("b:1") == [1, 1, 0]
    assert mailbox.all(1) == ["1 1 0 0"]
    assert meeting.finish("b:1") == [1, 1, 0], "sent again"
    assert meeting.shape() == (0, 1, 0)


def test_an_action_that_fails_breaks_it(meeting):
    mailbox = meeting.mailbox("a", "b")
    meeting.arrive("a:1", acts=True)
    meeting.arrive("b:1", acts=True)
    mailbox.all(1)
    assert meeting.finish("b:1", False) == [2]
    assert mailbox.all(2) == ["1 2", "1 2"]
    assert meeting.shape() == (0, 0, 1)


def test_a_timeout_breaks_it_while_the_action_runs(meeting):
    _mailbox = meeting.mailbox("a", "b")
    meeting.arrive("a:1", acts=True)
    meeting.arrive("b:1", acts=True)
    assert meeting.give_up("a:1", 0) == [0]
    assert meeting.run("barrier_act", BARRIER, "b:1") == 0
    assert meeting.finish("b:1") == [2]


def test_the_death_of_who_acts_breaks_it(meeting):
    _mailbox = meeting.mailbox("a", "b")
    meeting.arrive("a:1", acts=True)
    meeting.arrive("b:1", acts=True)
    # As if the time were over, which a test need not wait for.
    meeting.redis("HSET", BARRIER[0], "u", "1")
    assert meeting.shape() == (0, 0, 1)
    assert meeting.arrive("a:1", known=0, acts=True) == [2]
    assert meeting.finish("b:1") == [2]


def test_who_comes_while_the_action_runs_is_of_the_next_generation(meeting):
    mailbox = meeting.mailbox("a", "b", "c", "d")
    meeting.arrive("a:1", acts=True)
    meeting.arrive("b:1", acts=True)
    assert meeting.arrive("c:1", acts=True) == [0, 1, 0]
    assert meeting.arrive("d:1", acts=True) == [0, 1, 0]
    assert meeting.arrive("a:2", acts=True) == [0, 1, 0]
    assert meeting.give_up("c:1", 1) == [0], "its generation has not begun"
    assert meeting.shape() == (4, 0, 0)
    mailbox.all(1)
    assert meeting.finish("b:1") == [1, 1, 0]
    assert sorted(mailbox.all(2)) == ["1 1 0 0", "2 0"], "the last of the next generation is to ask"
    assert meeting.arrive("a:2", known=1, acts=True) == [4, 1, 1]
    assert meeting.finish("a:2") == [1, 1, 1]


# ---------------------------------------------------------------- latches

def test_zero_tells_all_who_wait(meeting):
    mailbox = meeting.mailbox("a", "b")
    assert meeting.latch("a:1", 2) == [0, 1] and meeting.latch("b:1") == [0, 1]
    assert meeting.count_down() == 1
    assert meeting.count_down(5) == 0
    assert sorted(mailbox.all(2)) == ["1 1", "1 1"]
    assert meeting.count_down() == 0 and mailbox.all(0) == []
    assert meeting.latch() == [1] and meeting.latch("a:1", known=1) == [1]


def test_a_latch_that_is_not_there_is_waited_for(meeting):
    mailbox = meeting.mailbox("a")
    assert meeting.count_down() == -1 and meeting.run("latch_inspect", LATCH, 0) == -1
    assert meeting.latch("a:1") == [0, 1]
    assert meeting.count_down(1, count=1) == 0
    assert mailbox.all(1) == ["1 1"]


def test_counting_down_is_not_done_again(meeting):
    assert meeting.count_down(1, 5, number=7) == 4
    assert meeting.count_down(1, 5, number=7) == 4
    assert meeting.count_down(1, 5, number=8) == 3
    meeting.reset_latch(9, number=9)
    meeting.count_down(1, number=10)
    meeting.reset_latch(9, number=9)
    assert meeting.run("latch_inspect", LATCH, 0) == 8


def test_who_missed_the_message_learns_how_its_generation_ended(meeting):
    meeting.mailbox("a")
    assert meeting.latch("a:1", 1) == [0, 1]
    meeting.count_down()
    meeting.reset_latch(1)
    assert meeting.latch("a:1", known=1) == [1]
    assert meeting.latch("a:2") == [0, 2]
    meeting.reset_latch(1)
    assert meeting.latch("a:2", known=2) == [2] and meeting.latch("a:2", known=2, gives_up=True) == [2]
    for _ in range(40):
        meeting.reset_latch(1)
    assert meeting.latch("a:1", known=1) == [2], "so long ago that nobody knows"


def test_a_reset_tells_those_who_wait(meeting):
    mailbox = meeting.mailbox("a")
    meeting.latch("a:1", 1)
    meeting.reset_latch(3)
    assert mailbox.all(1) == ["1 2"]
    assert meeting.run("latch_inspect", LATCH, 0) == 3


def test_giving_up_leaves_nothing(meeting):
    for wait, key in ((meeting.latch, LATCH), (meeting.event, EVENT)):
        wait("a:1")
        assert meeting.redis("ZCARD", key + ":w") == 1
        assert wait("a:1", gives_up=True)[0] == 0
        assert meeting.redis("EXISTS", key + ":w") == 0


# ---------------------------------------------------------------- events

def test_setting_tells_all_who_wait_even_if_it_is_cleared_at_once(meeting):
    mailbox = meeting.mailbox("a", "b")
    meeting.event("a:1")
    assert meeting.event("b:1") == [0, 0]
    meeting.set_event(True)
    meeting.set_event(False)
    assert sorted(mailbox.all(2)) == ["1 1", "1 1"]
    assert meeting.event("a:1", known=0) == [1], "who missed the message"
    assert meeting.event("a:2") == [0, 1]


def test_setting_is_not_done_again(meeting):
    meeting.set_event(True, number=3)
    meeting.set_event(False, number=4)
    meeting.set_event(True, number=3)
    assert meeting.run("event_inspect", EVENT) == 0
    meeting.set_event(True, number=5)
    meeting.set_event(True, number=6)
    assert meeting.event() == [1] and meeting.redis("HGET", EVENT, "n") == b"2"


# ---------------------------------------------------------------- all of them

def test_everything_expires(meeting):
    meeting.mailbox("a")
    meeting.arrive("a:1", 3)
    meeting.arrive("b:1", 1)
    meeting.latch("a:2", 1)
    meeting.event("a:3")
    meeting.set_event(False)
    for key in meeting.redis("KEYS", "*"):
        assert meeting.redis("PTTL", key) > 0, key


def test_histories_of_barriers(meeting):
    for seed in range(30):
        meeting.redis("FLUSHALL")
        barrier_history(meeting, seed)


if __name__ == "__main__":
    sys.exit(main(globals().copy(), sys.argv[1:]))
