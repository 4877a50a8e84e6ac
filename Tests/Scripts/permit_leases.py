"""Leases of permits, a full server, and what monitoring sees."""

from __future__ import annotations

import time

from permit_tools import KEY, granted, is_fence, until_over
from scripting import ServerError


# ---------------------------------------------------------------- leases

def test_permits_of_the_dead_come_back(permits, server):
    permits.limit = 5
    permits.acquire("a:1", 5, lease=30)
    assert permits.acquire("b:1", 1)[0] == 0
    until_over(30)
    assert is_fence(permits.acquire("b:1", 5))
    assert permits.stands() == (5, 0, 5, 0)


def test_more_leases_are_over_than_one_call_ends(permits, server):
    permits.limit = 1500
    fences = [permits.acquire(f"a:{number}", 1, lease=800) for number in range(1500)]
    until_over(800)
    fence = permits.acquire("a:1499", 1)
    assert is_fence(fence) and fence > fences[-1]
    while permits.stands()[0] > 1:
        pass
    assert permits.release("a:1499", fence, 1) == 1 and permits.is_clean()


def test_only_what_is_over_is_taken(permits, server):
    permits.limit = 6
    permits.acquire("a:1", 1, lease=30)
    second = permits.acquire("a:2", 2, lease=10000)
    third = permits.acquire("a:3", 3, lease=30)
    assert permits.extend("a:3", third, 10000, 3) == 1
    until_over(30)
    assert permits.stands() == (5, 0, 6, 0)
    assert permits.release("a:2", second, 2) == 1 and permits.release("a:3", third, 3) == 1
    assert permits.stands() == (0, 0, 6, 0) and permits.is_clean()


def test_extend(permits, server):
    fence = permits.acquire("a:1", "w", lease=40)
    assert permits.extend("a:1", fence, 10000, "w") == 1
    until_over(40)
    assert permits.acquire("b:1", "w")[0] == 0
    assert permits.extend("a:1", fence + 1, 10000, "w") == 0
    assert permits.extend("b:1", fence, 10000, "w") == 0
    assert permits.extend("a:1", fence, 20, "w") == 1
    until_over(20)
    assert permits.extend("a:1", fence, 10000, "w") == 0
    assert is_fence(permits.acquire("b:1", "w"))


def test_release_after_the_lease_ended(permits, server):
    fence = permits.acquire("a:1", "w", lease=20)
    until_over(20)
    assert permits.release("a:1", fence, "w") == 1
    fence = permits.acquire("a:2", "w", lease=20)
    until_over(20)
    other = permits.acquire("b:1", "w")
    assert permits.release("a:2", fence, "w") == -1
    assert permits.stands()[1] == 1 and permits.release("b:1", other, "w") == 1


def test_every_change_gives_what_leases_that_ended_have_left(permits, server):
    mailbox = permits.listener(server, "a")
    for change in ("release", "withdraw", "resize"):
        permits.redis("FLUSHALL")
        permits.limit = 5
        permits.acquire("dead:1", 4, lease=30)
        fence = permits.acquire("h:1", 1)
        permits.wait("a:1", 4 if change == "withdraw" else 5)
        permits.wait("a:2", 1)
        until_over(30)
        if change == "release":
            assert permits.release("h:1", fence, 1) == 1
        elif change == "withdraw":
            assert permits.withdraw("a:2", 1) == [0]
        else:
            assert permits.run("resize", 6) == 1
        assert granted(mailbox.message())[0] == 1, change


def test_keys_outlive_leases_and_then_expire(permits, server):
    permits.acquire("a:1", lease=86400000)
    permits.acquire("a:2", lease=100)
    for key in (KEY, KEY + ":held"):
        assert 86400000 + 300000 < permits.redis("PTTL", key) <= 86400000 + 900000, key
    permits.redis("FLUSHALL")
    fence = permits.acquire("a:1", lease=10000)
    for key in (KEY, KEY + ":held"):
        assert 600000 < permits.redis("PTTL", key) <= 910000, key
    assert permits.extend("a:1", fence, 86400000) == 1
    for key in (KEY, KEY + ":held"):
        assert 86400000 < permits.redis("PTTL", key), key
    permits.acquire("b:1", "w", arrival=0)
    assert 600000 < permits.redis("PTTL", KEY + ":line") <= 900000
    permits.redis("HSET", KEY, "e", int(time.time() * 1000) + 1000)
    permits.redis("PEXPIRE", KEY, 1000)
    permits.acquire("b:1", "w", arrival=0)
    assert 600000 < permits.redis("PTTL", KEY) <= 900000
    permits.limit = 3
    permits.redis("FLUSHALL")
    permits.acquire("a:1", 3)
    assert permits.redis("PTTL", KEY) > 30 * 86400000 and permits.redis("PTTL", KEY + ":held") <= 910000


def test_fences_grow(permits, server):
    last = 0
    for number in range(200):
        fence = permits.acquire(f"a:{number}", "w" if number % 2 else "r")
        assert is_fence(fence) and fence > last
        last = fence
        permits.release(f"a:{number}", fence, "w" if number % 2 else "r")
    permits.redis("HSET", KEY, "f", 2 ** 52)
    assert permits.acquire("b:1", "w") == 2 ** 52 + 1


def test_hold_and_wait_while_the_server_is_full(permits, server):
    mailbox = permits.listener(server, "a")
    first, second = permits.acquire("h:1"), permits.acquire("h:2")
    permits.wait("a:1", "w")
    permits.wait("a:2")
    permits.acquire("h:3", "w", "other", arrival=0)
    writer = None
    permits.redis("CONFIG", "SET", "maxmemory", "1")
    try:
        try:
            permits.acquire("b:1", arrival=0)
            raise AssertionError("the server is not full")
        except ServerError as error:
            assert "OOM" in str(error)
        assert permits.extend("h:1", first, 20000) == 1
        assert permits.release("h:2", second) == 1
        assert permits.release("h:1", first) == 1
        writer = granted(mailbox.message())
        assert writer[0] == 1
        assert permits.downgrade("a:1", writer[1]) == 1
        assert granted(mailbox.message())[0] == 2
        assert permits.release("a:1", writer[1], "w") == 1
        assert permits.withdraw("h:3", "w", "other") == [0]
        assert permits.stands() == (1, 0, 0, 0)
    finally:
        permits.redis("CONFIG", "SET", "maxmemory", "0")


# ---------------------------------------------------------------- monitoring

def test_list_of_holds(permits, server):
    permits.limit = 9
    fences = [permits.acquire(f"a:{number}", number, lease=1000 * number) for number in (1, 2, 3)]
    permits.acquire("a:4", 1, lease=20)
    permits.wait("a:5", 4)
    until_over(20)
    now, in_line, looked, *holds = permits.run("holds", 0, 100)
    assert abs(now - time.time() * 1000) < 1000 and (in_line, looked) == (1, 5)
    assert holds[0::3] == [permits.member(f"a:{number}", number, "").encode() for number in (1, 2, 3)]
    assert holds[1::3] == [f"{number} {fences[number - 1]}".encode() for number in (1, 2, 3)]
    assert 0 < int(holds[2]) - now <= 1000
    part = permits.run("holds", 1, 2)
    assert part[2] == 2 and part[3:] == holds[:6]


def test_look_at_one_hold(permits, server):
    fence = permits.acquire("a:1", "w", "oid", lease=60)
    member = permits.member("a:1", "w", "oid")
    held, number, holder, held_ms, left_ms, in_line, since, _ = permits.run("look", member, fence)
    assert (held, int(number), in_line) == (1, fence, 0) and 0 <= held_ms < 1000 and 0 < left_ms <= 60
    assert holder == b"a:1;oid me@host:1\n10000 1" and abs(since - time.time() * 1000) < 1000
    assert permits.run("look", member, fence + 1)[0] == 0
    until_over(60)
    assert permits.run("look", member, fence)[0] == 0


def test_break_one_hold(permits, server):
    mailbox = permits.listener(server, "a")
    fence = permits.acquire("h:1", "w", "o")
    other = permits.acquire("h:2", "r", "o")
    permits.wait("a:1", "w")
    member = permits.member("h:1", "w", "o")
    assert permits.run("break", member, fence + 1) == 0
    assert permits.run("break", member, fence) == 1
    assert permits.run("break", member, fence) == 0
    assert permits.extend("h:1", fence, 10000, "w", "o") == 0
    assert permits.release("h:1", fence, "w", "o") == -1
    assert permits.stands() == (1, 0, 0, 1) and mailbox.message(0.05) is None
    permits.run("extend", permits.member("h:2", "r", "o"), other, 30)
    last = permits.acquire("h:3", "r", "o")
    until_over(30)
    assert permits.run("break", permits.member("h:3", "r", "o"), last) == 1
    assert granted(mailbox.message())[0] == 1
