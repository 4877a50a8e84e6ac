#!/usr/bin/env python3
"""Contracts of the scripts of read-write locks and semaphores, against a real server. Prints `N passed, N failed`.

    Tests/Scripts/permit_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import sys
import traceback

import permit_histories
import permit_leases
from permit_tools import KEY, Permits, granted, is_fence, until_over
from scripting import Server


# ---------------------------------------------------------------- read-write locks

def test_readers_together_writer_alone(permits, server):
    first, second = permits.acquire("a:1"), permits.acquire("b:1")
    assert is_fence(first) and is_fence(second) and second > first
    refused = permits.acquire("c:1", "w")
    assert refused[:3] == [0, 0, 0] and 9000 < refused[3] <= 10000
    assert permits.release("a:1", first) == 1
    assert permits.acquire("c:1", "w")[0] == 0
    assert permits.release("b:1", second) == 1
    writer = permits.acquire("c:1", "w")
    assert is_fence(writer) and writer > second
    assert permits.acquire("a:2")[0] == 0 and permits.acquire("d:1", "w")[0] == 0
    assert permits.stands() == (0, 1, 0, 0)
    assert permits.release("c:1", writer, "w") == 1
    assert permits.is_clean()


def test_same_token_same_answer(permits, server):
    fence = permits.acquire("a:1")
    again = permits.acquire("a:1")
    assert again[0] == 1 and int(again[1]) == fence and 9000 < again[2] <= 10000
    assert permits.stands()[0] == 1
    assert permits.release("a:1", fence) == 1
    assert permits.release("a:1", fence) == -1
    assert permits.stands()[0] == 0


def test_reader_waits_behind_waiting_writer(permits, server):
    mailbox = permits.listener(server, "w")
    reader = permits.acquire("a:1")
    permits.wait("w:1", "w")
    assert permits.acquire("b:1")[0] == 0
    permits.wait("b:1")
    assert permits.release("a:1", reader) == 1
    number, fence = granted(mailbox.message())
    assert number == 1 and fence > reader
    assert permits.stands() == (0, 1, 0, 1)


def test_readers_at_the_front_come_in_together(permits, server):
    mailbox = permits.listener(server, "a")
    writer = permits.acquire("w:1", "w")
    for number in range(5):
        permits.wait(f"a:{number}")
    permits.wait("a:5", "w")
    permits.wait("a:6")
    permits.release("w:1", writer, "w")
    fences = dict(granted(mailbox.message()) for _ in range(5))
    assert list(fences) == [0, 1, 2, 3, 4] and mailbox.message() is None
    assert permits.stands() == (5, 0, 0, 2)
    for number, fence in fences.items():
        assert permits.release(f"a:{number}", fence) == 1
    number, fence = granted(mailbox.message())
    assert number == 5 and permits.release("a:5", fence, "w") == 1
    assert granted(mailbox.message())[0] == 6


def test_owner_that_reads_reads_again_past_the_line(permits, server):
    mailbox = permits.listener(server, "w")
    first = permits.acquire("a:1", owner="o")
    permits.wait("w:1", "w")
    second = permits.acquire("a:2", owner="o")
    assert is_fence(second)
    assert permits.acquire("a:3", owner="other")[0] == 0
    permits.release("a:1", first, owner="o")
    assert mailbox.message() is None
    permits.release("a:2", second, owner="o")
    assert granted(mailbox.message())[0] == 1


def test_owner_that_writes_writes_and_reads_again(permits, server):
    permits.listener(server, "x")
    fences = [permits.acquire("a:1", "w", "o")]
    permits.wait("x:1", "w")
    fences += [permits.acquire("a:2", "w", "o"), permits.acquire("a:3", "r", "o")]
    assert all(is_fence(fence) for fence in fences) and fences == sorted(fences)
    assert permits.stands() == (1, 2, 0, 1)
    assert permits.release("a:1", fences[0], "w", "o") == 1
    assert permits.release("a:2", fences[1], "w", "o") == 1
    assert permits.stands() == (1, 0, 0, 1)
    assert permits.acquire("a:4", "w", "o") == -1
    assert permits.release("a:3", fences[2], "r", "o") == 1
    assert permits.stands() == (0, 1, 0, 0)


def test_upgrade_is_refused(permits, server):
    reader = permits.acquire("a:1", owner="o")
    assert permits.acquire("a:2", "w", "o") == -1
    assert permits.acquire("a:2", "w", "o", arrival=0) == -1
    assert permits.stands() == (1, 0, 0, 0)
    permits.release("a:1", reader, owner="o")
    assert is_fence(permits.acquire("a:3", "w", "o"))


def test_a_reader_whose_lease_is_over_does_not_refuse_its_owner(permits, server):
    permits.acquire("a:1", owner="o", lease=20)
    until_over(20)
    assert is_fence(permits.acquire("a:2", "w", "o"))


def test_waiting_writer_stays_in_line_though_its_owner_has_come_in(permits, server):
    mailbox = permits.listener(server, "a")
    writer = permits.acquire("b:1", "w")
    permits.wait("a:1", "r", "o")
    arrival = permits.wait("a:2", "w", "o")
    permits.release("b:1", writer, "w")
    number, reader = granted(mailbox.message())
    assert number == 1 and permits.acquire("a:2", "w", "o", arrival=arrival)[:3] == [0, str(arrival).encode(), 0]
    permits.release("a:1", reader, "r", "o")
    assert granted(mailbox.message())[0] == 2


def test_waiting_reader_comes_in_past_the_line_when_its_owner_has(permits, server):
    mailbox = permits.listener(server, "a")
    writer = permits.acquire("w:1", "w")
    permits.wait("a:1", "r", "o")
    permits.wait("a:2", "w", "p")
    arrival = permits.wait("a:3", "r", "o")
    permits.release("w:1", writer, "w")
    fences = [granted(mailbox.message())[1], permits.acquire("a:3", "r", "o", arrival=arrival)]
    assert is_fence(fences[1]) and permits.stands() == (2, 0, 0, 1)
    permits.release("a:1", fences[0], "r", "o")
    permits.release("a:3", fences[1], "r", "o")
    number, fence = granted(mailbox.message())
    assert number == 2 and permits.release("a:2", fence, "w", "p") == 1 and permits.is_clean()


def test_downgrade(permits, server):
    mailbox = permits.listener(server, "a")
    writer = permits.acquire("w:1", "w", "o")
    permits.wait("a:1")
    permits.wait("a:2", "w")
    permits.wait("a:3")
    assert permits.downgrade("w:1", writer, "o") == 1
    number, reader = granted(mailbox.message())
    assert number == 1 and mailbox.message() is None
    assert permits.stands() == (2, 0, 0, 2)
    assert permits.downgrade("w:1", writer, "o") == 1
    assert permits.extend("w:1", writer, 5000, "w", "o") == 1
    assert permits.acquire("w:9", "w", "o") == -1
    assert permits.release("w:1", writer, "w", "o") == 1
    assert permits.release("a:1", reader) == 1
    assert granted(mailbox.message())[0] == 2
    assert permits.downgrade("w:1", writer, "o") == 0


def test_downgrade_of_what_is_not_held(permits, server):
    writer = permits.acquire("w:1", "w", "o", lease=30)
    assert permits.downgrade("w:1", writer + 1, "o") == 0
    assert permits.downgrade("w:2", writer, "o") == 0
    assert permits.acquire("a:1")[0] == 0
    until_over(30)
    assert permits.downgrade("w:1", writer, "o") == 0
    assert permits.stands() == (0, 0, 0, 0)


def test_downgrade_of_one_of_two_writers_holds(permits, server):
    first, second = permits.acquire("w:1", "w", "o"), permits.acquire("w:2", "w", "o")
    assert permits.downgrade("w:1", first, "o") == -3
    permits.release("w:2", second, "w", "o")
    assert permits.downgrade("w:1", first, "o") == 1
    assert is_fence(permits.acquire("b:1"))


def test_owner_ids_may_be_any_word(permits, server):
    owner = "oa%20b;c:{d}@\\\u00e9"
    fence = permits.acquire("a:1", owner=owner, lease=30)
    assert permits.acquire("a:2", "w", owner) == -1
    until_over(30)
    permits.stands()
    assert permits.is_clean()
    assert permits.release("a:1", fence, owner=owner) == -1


# ---------------------------------------------------------------- semaphores

def test_permits_are_counted_by_weight(permits, server):
    permits.limit = 10
    first = permits.acquire("a:1", 4)
    second = permits.acquire("a:2", 6)
    assert is_fence(first) and is_fence(second)
    assert permits.acquire("a:3", 1)[0] == 0
    assert permits.stands() == (10, 0, 10, 0)
    assert permits.release("a:1", first, 4) == 1
    assert permits.acquire("a:4", 5)[0] == 0
    assert is_fence(permits.acquire("a:5", 4))
    assert permits.release("a:2", second, 6) == 1
    assert permits.stands() == (4, 0, 10, 0)


def test_first_to_acquire_says_how_many(permits, server):
    assert permits.stands() == (0, 0, 0, 0)
    permits.limit = 3
    fence = permits.acquire("a:1", 3)
    permits.limit = 100
    assert permits.acquire("a:2", 1)[0] == 0
    assert permits.acquire("a:3", 4) == -2
    permits.release("a:1", fence, 3)
    assert permits.acquire("a:3", 4) == -2
    assert permits.stands() == (0, 0, 3, 0)
    assert permits.redis("PTTL", KEY) > 29 * 86400000


def test_wish_that_cannot_be_is_refused_before_anybody_has_said_how_many(permits, server):
    permits.limit = 3
    assert permits.acquire("a:1", 4) == -2
    assert permits.redis("EXISTS", KEY) == 0


def test_many_are_not_overtaken_by_few(permits, server):
    mailbox = permits.listener(server, "a")
    permits.limit = 3
    fences = [permits.acquire(f"h:{n}", 1) for n in range(3)]
    permits.wait("a:1", 3)
    permits.wait("a:2", 1)
    permits.wait("a:3", 1)
    for number in (0, 1):
        permits.release(f"h:{number}", fences[number], 1)
        assert mailbox.message(0.05) is None
    assert permits.acquire("a:4", 1)[0] == 0
    permits.release("h:2", fences[2], 1)
    number, fence = granted(mailbox.message())
    assert number == 1 and mailbox.message(0.05) is None
    permits.release("a:1", fence, 3)
    assert [granted(mailbox.message())[0] for _ in range(2)] == [2, 3]


def test_resize_serves_and_takes_from_nobody(permits, server):
    mailbox = permits.listener(server, "a")
    permits.limit = 1
    fences = {0: permits.acquire("a:0", 1)}
    for number in range(1, 5):
        permits.wait(f"a:{number}", 1)
    assert permits.run("resize", 3) == 1
    fences.update(granted(mailbox.message()) for _ in range(2))
    assert list(fences) == [0, 1, 2] and mailbox.message(0.05) is None
    assert permits.run("resize", 1) == 1
    assert permits.stands() == (3, 0, 1, 2)
    for number in (0, 1):
        assert permits.release(f"a:{number}", fences[number], 1) == 1
        assert mailbox.message(0.05) is None
    permits.release("a:2", fences[2], 1)
    assert granted(mailbox.message())[0] == 3


def test_resize_before_the_first_use(permits, server):
    assert permits.run("resize", 2) == 1
    assert permits.redis("PTTL", KEY) > 30 * 86400000
    permits.limit = 7
    assert permits.acquire("a:1", 3) == -2 and is_fence(permits.acquire("a:1", 2))
    assert permits.stands() == (2, 0, 2, 0)


def test_wish_that_a_resize_made_impossible_stays_in_line(permits, server):
    mailbox = permits.listener(server, "a")
    permits.limit = 5
    fence = permits.acquire("h:1", 5)
    arrival = permits.wait("a:1", 4)
    permits.run("resize", 2)
    permits.release("h:1", fence, 5)
    assert permits.acquire("a:1", 4, arrival=arrival)[0] == 0 and mailbox.message(0.05) is None
    permits.run("resize", 4)
    assert granted(mailbox.message())[0] == 1


# ---------------------------------------------------------------- the line

def test_waiters_keep_their_numbers(permits, server):
    for client in "ab":
        permits.listener(server, client)
    fence = permits.acquire("h:1", "w")
    first, second = permits.wait("a:1", "w"), permits.wait("b:1", "w")
    assert second > first
    permits.redis("DEL", KEY + ":line")
    places = [permits.acquire("b:1", "w", arrival=second), permits.acquire("a:1", "w", arrival=first)]
    assert [(int(place[1]), place[2]) for place in places] == [(second, 0), (first, 0)]
    assert permits.acquire("b:1", "w", arrival=second)[2] == 1
    assert fence < first


def test_numbers_on_arrival_grow(permits, server):
    permits.listener(server, "a")
    permits.acquire("h:1", "w")
    permits.redis("HSET", KEY, "n", 2 ** 52)
    assert [permits.wait(f"a:{number}") for number in range(3)] == [2 ** 52 + 1, 2 ** 52 + 2, 2 ** 52 + 3]


def test_asking_again_gets_the_grant_whose_message_was_lost(permits, server):
    permits.listener(server, "a")
    fence = permits.acquire("h:1", "w")
    arrival = permits.wait("a:1", "w")
    permits.release("h:1", fence, "w")
    reply = permits.acquire("a:1", "w", arrival=arrival)
    assert reply[0] == 1 and int(reply[1]) > fence and 900 < reply[2] <= 1000
    assert permits.extend("a:1", int(reply[1]), 10000, "w") == 1
    assert permits.acquire("a:1", "w", arrival=arrival)[2] > 9000


def test_waiters_whose_clients_are_gone_are_skipped(permits, server):
    mailbox = permits.listener(server, "live")
    fence = permits.acquire("h:1", "w")
    permits.wait("dead:1", "w")
    permits.wait("dead:2")
    permits.wait("live:3", "w")
    permits.release("h:1", fence, "w")
    assert granted(mailbox.message())[0] == 3
    assert permits.stands() == (0, 1, 0, 0)


def test_readers_do_not_wait_behind_dead_writers(permits, server):
    permits.listener(server, "b")
    permits.acquire("h:1")
    for number in range(3):
        permits.wait(f"dead:{number}", "w")
    assert permits.acquire("a:1")[0] == 0
    arrival = permits.wait("b:1")
    until_over(1000)
    assert permits.acquire("b:1", arrival=arrival)[0] == 1
    assert is_fence(permits.acquire("a:1")) and permits.stands() == (3, 0, 0, 0)


def test_permits_do_not_wait_behind_a_dead_wish(permits, server):
    permits.limit = 5
    permits.acquire("h:1", 2)
    permits.wait("dead:1", 5)
    assert permits.acquire("a:1", 3)[0] == 0
    until_over(1000)
    assert is_fence(permits.acquire("a:1", 3))


def test_waiter_whose_client_is_away_for_a_moment_keeps_its_place(permits, server):
    reader = permits.acquire("h:1")
    permits.wait("w:1", "w")
    assert permits.acquire("a:1")[0] == 0
    mailbox = permits.listener(server, "w")
    until_over(1000)
    assert permits.acquire("a:1")[0] == 0
    assert permits.release("h:1", reader) == 1
    assert granted(mailbox.message())[0] == 1
    mailbox("UNSUBSCRIBE")
    permits.wait("w:2", "w")
    assert permits.acquire("a:1")[0] == 0 and permits.stands()[3] == 1


def test_who_tries_does_not_overtake(permits, server):
    mailbox = permits.listener(server, "a")
    permits.acquire("h:1", "w", lease=30)
    permits.wait("a:1", "w")
    until_over(30)
    assert permits.acquire("b:1", "w")[0] == 0
    assert granted(mailbox.message())[0] == 1


def test_who_tries_gets_what_no_living_waiter_wants(permits, server):
    permits.acquire("h:1", "w", lease=30)
    permits.wait("dead:1", "w")
    until_over(30)
    assert is_fence(permits.acquire("b:1", "w"))
    assert permits.stands() == (0, 1, 0, 0)


def test_the_first_who_asks_after_a_lease_has_ended_is_granted(permits, server):
    permits.acquire("h:1", "w", lease=30)
    arrival = permits.wait("a:1", "w")
    until_over(30)
    reply = permits.acquire("a:1", "w", arrival=arrival)
    assert reply[0] == 1 and reply[2] == 1000
    assert permits.release("a:1", int(reply[1]), "w") == 1 and permits.is_clean()


def test_withdrawing_lets_those_behind_in(permits, server):
    mailbox = permits.listener(server, "a")
    permits.acquire("h:1")
    permits.wait("a:1", "w")
    permits.wait("a:2")
    permits.wait("a:3")
    assert permits.withdraw("a:1", "w") == [0]
    assert [granted(mailbox.message())[0] for _ in range(2)] == [2, 3]
    assert permits.withdraw("a:1", "w") == [0]


def test_withdrawing_in_the_last_moment(permits, server):
    mailbox = permits.listener(server, "a")
    fence = permits.acquire("h:1", "w")
    permits.wait("a:1", "w")
    permits.wait("a:2", "w")
    permits.release("h:1", fence, "w")
    first = granted(mailbox.message())
    kept = permits.withdraw("a:1", "w", gives_back=False)
    assert kept[0] == 1 and int(kept[1]) == first[1] and 0 < kept[2] <= 1000
    assert permits.withdraw("a:1", "w") == [0]
    number, fence = granted(mailbox.message())
    assert number == 2 and permits.extend("a:2", fence, 20, "w") == 1
    until_over(20)
    assert permits.withdraw("a:2", "w", gives_back=False) == [0]


def test_nothing_is_left_of_waiters(permits, server):
    permits.listener(server, "a")
    fence = permits.acquire("h:1", "w")
    for number in range(20):
        permits.wait(f"a:{number}", "w")
    assert permits.stands()[3] == 20
    for number in range(20):
        permits.withdraw(f"a:{number}", "w")
    permits.release("h:1", fence, "w")
    assert permits.is_clean()


def test_more_readers_than_one_call_serves(permits, server):
    mailbox = permits.listener(server, "a")
    writer = permits.acquire("h:1", "w")
    arrivals = [permits.wait(f"a:{number}") for number in range(250)]
    permits.release("h:1", writer, "w")
    served = [granted(mailbox.message()) for _ in range(100)]
    assert mailbox.message() == b"100 W" and permits.stands() == (100, 0, 0, 150)
    reply = permits.acquire("a:100", arrival=arrivals[100])
    assert reply[0] == 1
    served += [(100, int(reply[1]))] + [granted(mailbox.message()) for _ in range(99)]
    assert mailbox.message() == b"200 W"
    assert permits.release("a:7", served[7][1]) == 1
    served += [granted(mailbox.message()) for _ in range(50)]
    assert mailbox.message(0.05) is None and permits.stands() == (249, 0, 0, 0)
    assert [number for number, _ in served] == list(range(250)) and len({fence for _, fence in served}) == 250


def test_as_many_readers_as_one_call_serves(permits, server):
    mailbox = permits.listener(server, "a")
    writer = permits.acquire("h:1", "w")
    for number in range(100):
        permits.wait(f"a:{number}")
    assert permits.release("h:1", writer, "w") == 1
    assert [granted(mailbox.message())[0] for _ in range(100)] == list(range(100))
    assert mailbox.message(0.05) is None and permits.stands() == (100, 0, 0, 0)
    assert is_fence(permits.acquire("b:1"))


def main() -> int:
    wanted = sys.argv[1:]
    everything = {**globals(), **vars(permit_leases), **vars(permit_histories)}
    tests = [(name, test) for name, test in everything.items() if name.startswith("test_")]
    passed = failed = 0
    server = Server()
    try:
        for name, test in tests:
            if wanted and not any(part in name for part in wanted):
                continue
            try:
                test(Permits(server), server)
                passed += 1
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAIL {name}")
                traceback.print_exc()
    finally:
        server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
