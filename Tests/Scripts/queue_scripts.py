#!/usr/bin/env python3
"""Contracts of the scripts of queues, against a real server. Prints `N passed, N failed`.

    Tests/Scripts/queue_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import sys
import time

from queue_tools import BASE, failure_message, handed, play
from scripting import ServerError


# ---------------------------------------------------------------- push, claim, complete

def test_order_and_record(queue, server):
    assert queue.push("a", "b", "c", payload=b"\0\xff") == 0
    before = time.time() * 1000
    ids, records, claim = queue.claimed(2)
    assert ids == ["a", "b"]
    assert records[0][6:] == bytes([0, 1, 4, 0, 255])
    assert abs(int.from_bytes(records[0][:6], "little") - before) < 1000
    assert queue.claimed(5)[0] == ["c"]
    assert int(queue.claim()[0]) == 0 and queue.claim()[1] > 29000
    assert queue.counts() == {"active": 3}


def test_priorities(queue, server):
    queue.push("low", priority=-5)
    queue.push("none")
    queue.push("high", "high2", priority=7)
    assert queue.claimed(10)[0] == ["high", "high2", "none", "low"]
    assert queue.redis("EXISTS", BASE + "p") == 0


def test_thousand(queue, server):
    ids = [f"job-{n:05}" for n in range(1000)]
    queue.push(*ids)
    got, _, claim = queue.claimed(1000)
    assert got == ids
    assert queue.complete(*[(id, claim) for id in ids]) == b"1" * 1000
    assert queue.counts() == {"completed": 1000}
    assert int(queue.claim()[0]) == 0
    for part in "jaxpw":
        assert queue.redis("EXISTS", BASE + part) == 0, part


def test_large_records_come_in_parts(queue, server):
    for n in range(200):
        queue.push(f"j{n}", payload=b"x" * 65536)
    ids, _, _ = queue.claimed(200)
    assert 16 <= len(ids) < 200


def test_known_ids(queue, server):
    assert queue.push("a", "a", "b", checks=True, slot="cl:s2") == b"101"
    assert queue.push("a", "c", checks=True, slot="cl:s2") == b"01"
    ids, _, claim = queue.claimed(10)
    assert ids == ["a", "b", "c"]
    queue.complete(("a", claim), ttl="50")
    assert queue.push("a", checks=True, slot="cl:s2") == b"0"
    queue.wait_ms(50)
    assert queue.push("a", checks=True, slot="cl:s2") == b"1"
    assert queue.claimed(10)[0] == ["a"]


def test_push_sent_again(queue, server):
    queue.push("a", "b")
    assert queue.push("a", "b", again=True) == b"00", "made for this call: there already"
    assert queue.counts() == {"waiting": 2}
    ids, _, claim = queue.claimed(2)
    queue.complete(("a", claim), ttl="0")
    queue.push("a", "b", again=True)
    assert queue.counts() == {"active": 1, "completed": 1}, "done, and not kept: not pushed again"


def test_push_of_own_ids_sent_again(queue, server):
    assert queue.push("a", checks=True, slot="cl:s2") == b"1"
    assert queue.push("a", checks=True, slot="cl:s2", again=True) == b"1", "the first sending's answer"
    assert queue.push("a", "b", checks=True, slot="cl:s2") == b"01"
    assert queue.push("a", "b", checks=True, slot="cl:s2", again=True) == b"01"
    queue.requests += 1
    assert queue.push("b", "c", checks=True, slot="cl:s2", again=True) == b"01", "the first sending never arrived"
    assert queue.counts() == {"waiting": 3}


def test_claim_sent_again(queue, server):
    queue.push("a", "b", "c")
    first = queue.claim(2, request=9)
    assert queue.claim(2, request=9, again=True) == first
    queue.complete(("a", int(first[0])))
    again = queue.claim(2, request=9, again=True)
    assert again[1] == b"" and again[3] == b"b" and again[0] == first[0]
    assert queue.claim(2, request=10, again=True)[1] == b"c"
    assert 0 < queue.redis("PTTL", BASE + "k:cl:s1") <= 30000


def test_complete_once(queue, server):
    queue.push("a", "b")
    _, _, claim = queue.claimed(2)
    assert queue.complete(("a", claim - 1)) == b"0"
    assert queue.complete(("a", claim), ("a", claim)) == b"10"
    assert queue.complete(("a", claim)) == b"0"
    assert queue.complete(("a", claim), again=True) == b"1"
    assert queue.complete(("a", claim + 1), again=True) == b"0", "another claim's completion"
    assert queue.counts() == {"active": 1, "completed": 1}


def test_payload_apart(queue, server):
    queue.push("a", apart=b"z" * 100000)
    _, records, claim = queue.claimed()
    assert records[0][6] & 4 and queue.redis("STRLEN", BASE + "b:a") == 100000
    assert queue.complete(("a", claim), ttl="600000b") == b"1"
    assert queue.redis("EXISTS", BASE + "b:a") == 0


# ---------------------------------------------------------------- time

def test_delay(queue, server):
    queue.push("later", delay=60000)
    queue.push("second", delay=40)
    queue.push("first", delay=30)
    reply = queue.claim()
    assert int(reply[0]) == 0 and 0 < reply[1] <= 30
    queue.wait_ms(40)
    assert queue.counts() == {"waiting": 2, "delayed": 1}
    assert queue.claimed(5)[0] == ["first", "second"]


def test_lease_ends(queue, server):
    queue.push("a", "b", attempts=2)
    _, _, claim = queue.claimed(lease=40)
    queue.wait_ms(40)
    assert queue.complete(("a", claim)) == b"0", "too late"
    assert queue.counts() == {"waiting": 2}
    ids, records, claim = queue.claimed(lease=40)
    assert ids == ["a"] and records[0][7] == 2, "first again, second attempt"
    queue.wait_ms(40)
    assert queue.claimed()[0] == ["b"]
    state, message = queue.outcome("a")
    assert state == 1 and b"lease ended" in message
    assert queue.counts() == {"active": 1, "dead": 1, "failed": 2}


def test_renew(queue, server):
    queue.push("a", "b")
    _, _, claim = queue.claimed(2, lease=60)
    queue.wait_ms(40)
    assert queue.run("queue_renew", 60, "a", claim, "b", claim + 1) == b"10"
    queue.wait_ms(30)
    assert queue.complete(("a", claim), ("b", claim)) == b"10"


def test_fail(queue, server):
    queue.push("a", attempts=3, backoff=(40, 60))
    _, _, claim = queue.claimed()
    assert queue.fail("a", claim - 1) == 0
    assert queue.fail("a", claim) == 1 and queue.fail("a", claim) == 0
    assert queue.counts() == {"delayed": 1, "failed": 1}
    assert 35 <= queue.claim()[1] <= 40
    queue.wait_ms(40)
    _, records, claim = queue.claimed()
    assert records[0][7] == 2
    queue.fail("a", claim)
    assert 45 <= queue.claim()[1] <= 60, "doubled, but not above the most"
    queue.wait_ms(60)
    _, _, claim = queue.claimed()
    assert queue.fail("a", claim) == 1
    assert queue.counts() == {"dead": 1, "failed": 3}
    assert queue.outcome("a") == (1, b"went wrong")
    assert queue.push("a", checks=True) == b"0"

    queue.push("b", backoff=(0, 0))
    queue.push("c")
    _, _, claim = queue.claimed()
    queue.fail("b", claim)
    ids, _, claim = queue.claimed(2)
    assert ids == ["c", "b"], "to the back"
    assert queue.fail("c", claim, retry=False) == 1
    assert queue.outcome("c") == (1, b"went wrong")


def test_release(queue, server):
    queue.push("a", "b", "c")
    _, _, claim = queue.claimed(2)
    assert queue.release(("a", claim), ("b", claim), ("c", claim)) == b"110"
    ids, records, _ = queue.claimed(3)
    assert ids == ["a", "b", "c"] and records[0][7] == 1


def test_outcomes_expire(queue, server):
    queue.push("a", "b", ttl=40)
    _, _, claim = queue.claimed(2)
    queue.complete(("a", claim), ttl="40")
    queue.complete(("b", claim), ttl="0")
    assert queue.outcome("a") == (0, b"done")
    assert queue.outcome("b") == 2, "not kept"
    queue.wait_ms(40)
    assert queue.outcome("a") == 2 and queue.outcome("never") == 3
    assert queue.redis("PTTL", BASE + "o") > 60000 and queue.redis("PTTL", BASE + "e") > 60000
    queue.redis("ZADD", BASE + "e", 1, "a")
    ids = [f"c{n}" for n in range(8)]
    queue.push(*ids)
    _, _, claim = queue.claimed(8)
    queue.complete(*[(id, claim) for id in ids])
    assert queue.outcome("a") == 3, "forgotten"


def test_outcomes_are_bounded(queue, server):
    ids = [f"{n:06}" for n in range(102000)]
    for start in range(0, len(ids), 1000):
        queue.push(*ids[start:start + 1000], payload=b"")
        got, _, claim = queue.claimed(1000)
        queue.complete(*[(id, claim) for id in got], result=b"")
    assert queue.redis("ZCARD", BASE + "e") == 100000 == queue.redis("HLEN", BASE + "o")


# ---------------------------------------------------------------- waiting

def test_push_hands_out(queue, server):
    mailbox = queue.listener(server, "cl")
    empty = queue.claim(token="cl:1", slot="cl:s1", request=1)
    assert int(empty[0]) == 0 and empty[1] == -1 and empty[4] == 0
    assert queue.claim(token="cl:2", slot="cl:s2", request=1)[4] == 1
    assert queue.counts() == {"claimers": 2}
    queue.push("a")
    number, claim, ids, records = handed(mailbox.message())
    assert number == 1 and ids == ["a"] and records[0][9:] == b"payload"
    assert queue.counts() == {"active": 1, "claimers": 1}
    again = queue.claim(token="cl:1", slot="cl:s1", request=1, again=True, arrival=int(empty[3]))
    assert int(again[0]) == claim and again[1] == b"a", "asked again, the same"
    assert queue.complete(("a", claim)) == b"1"


def test_hands_out_several(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.claim(10, token="cl:1", slot="cl:s1", request=1)
    queue.claim(10, token="cl:2", slot="cl:s2", request=1)
    queue.push("a", "b", "c")
    got = [handed(message) for message in iter(lambda: mailbox.message(), None) if message.split(b" ")[1] == b"J"]
    assert [(number, ids) for number, _, ids, _ in got] == [(1, ["a", "b"]), (2, ["c"])]
    assert got[0][1] + 1 < got[1][1], "fences of both claims differ"


def test_large_jobs_are_fetched(queue, server):
    mailbox = queue.listener(server, "cl")
    reply = queue.claim(token="cl:1", slot="cl:s1", request=1)
    queue.push("a", payload=b"x" * 5000)
    assert mailbox.message() == b"1 C"
    ids, records, _ = queue.claimed(token="cl:1", slot="cl:s1", request=1, again=True, arrival=int(reply[3]))
    assert ids == ["a"] and len(records[0]) > 5000


def test_dead_claimers_are_skipped(queue, server):
    queue.claim(token="gone:1", slot="gone:s1", request=1)
    queue.claim(token="cl:1", slot="cl:s1", request=1)
    mailbox = queue.listener(server, "cl")
    queue.push("a")
    assert handed(mailbox.message())[2] == ["a"]
    assert queue.counts() == {"active": 1}
    queue.claim(token="gone:2", slot="gone:s1", request=2)
    queue.push("b", "c")
    assert queue.counts() == {"active": 1, "waiting": 2}
    assert queue.claimed(2)[0] == ["b", "c"]


def test_unheard_grant_is_no_attempt(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.claim(token="cl:1", slot="cl:s1", request=1)
    queue.push("a", attempts=1)
    _, claim, _, _ = handed(mailbox.message())
    queue.redis("ZADD", BASE + "a", 1, "a")
    ids, records, _ = queue.claimed()
    assert ids == ["a"] and records[0][7] == 1, "still the first attempt"
    assert queue.counts() == {"active": 1}


def test_unheard_grants_are_counted_in_the_end(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.claim(token="cl:1", slot="cl:s1", request=1)
    queue.push("a", attempts=1)
    for turn in range(2, 6):
        queue.redis("ZADD", BASE + "a", 1, "a")
        queue.claim(token=f"cl:{turn}", slot="cl:s1", request=turn)
        # As if it had been handed out by message.
        claim = queue.redis("HGET", BASE + "x", "a")
        if claim is None:
            break
        queue.redis("HSET", BASE + "x", "a", claim.replace(b" ", b"? "))
    assert queue.counts()["dead"] == 1 and turn == 5


def test_heard_grant_is_an_attempt(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.claim(token="cl:1", slot="cl:s1", request=1)
    queue.push("a")
    _, claim, _, _ = handed(mailbox.message())
    assert queue.run("queue_renew", 30000, "a", claim) == b"1"
    queue.redis("ZADD", BASE + "a", 1, "a")
    assert queue.claimed()[1][0][7] == 2


def test_withdraw(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.claim(token="cl:1", slot="cl:s1", request=1)
    assert queue.withdraw("cl:1", "cl:s1", 1) == [0]
    assert queue.counts() == {}
    queue.claim(token="cl:2", slot="cl:s1", request=2)
    queue.push("a")
    _, claim, _, _ = handed(mailbox.message())
    kept = queue.withdraw("cl:2", "cl:s1", 2)
    assert int(kept[0]) == claim and kept[1] == b"a"
    assert queue.withdraw("cl:2", "cl:s1", 2, gives_back=True) == [0]
    assert queue.counts() == {"waiting": 1}
    queue.claim(request=9)
    queue.withdraw("", "cl:s1", 9, gives_back=True)
    assert queue.counts() == {"waiting": 1}, "a claim whose answer was lost"


def test_release_and_fail_hand_out(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.push("a", backoff=(0, 0))
    _, _, claim = queue.claimed()
    queue.claim(token="cl:1", slot="cl:s2", request=1)
    queue.release(("a", claim))
    _, claim, ids, _ = handed(mailbox.message())
    assert ids == ["a"]
    queue.claim(token="cl:2", slot="cl:s3", request=1)
    queue.fail("a", claim, fraction=0)
    assert handed(mailbox.message())[2] == ["a"]


def test_claimers_learn_of_moments(queue, server):
    mailboxes = [queue.listener(server, name) for name in "abcd"]
    for name in "abcd":
        queue.claim(token=f"{name}:1", slot=f"{name}:s", request=1)
    queue.push("x", delay=5000)
    told = [mailbox.message() for mailbox in mailboxes]
    assert told == [None, b"1 F", b"1 F", b"1 F"], told
    queue.push("y", delay=9000)
    assert mailboxes[3].message() is None, "they look before that anyway"
    queue.push("z", delay=100)
    assert mailboxes[3].message() == b"1 F"
    reply = queue.claim(token="d:1", slot="d:s", request=1, again=True, arrival=5)
    assert 0 < reply[1] <= 100


def test_holder_dies_while_others_wait(queue, server):
    mailboxes = [queue.listener(server, name) for name in "ab"]
    queue.claim(token="a:1", slot="a:s1", request=1)
    queue.claim(token="a:2", slot="a:s2", request=1)
    queue.claim(token="b:1", slot="b:s1", request=1)
    queue.push("x")
    assert handed(mailboxes[0].message())[2] == ["x"]
    assert mailboxes[1].message() == b"1 F", "another client watches the lease"
    reply = queue.claim(token="b:1", slot="b:s1", request=1, again=True, arrival=7)
    assert 0 < reply[1] <= 1000


# ---------------------------------------------------------------- results

def test_result_waiters(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.push("a", "b", "c")
    _, _, claim = queue.claimed(3)
    for number, id in enumerate("abc"):
        for _ in range(2):
            state, lease_left = queue.run("queue_result", id, f"cl:{number}")
            assert state == 0 and 29000 < lease_left <= 30000
    queue.run("queue_result", "a", "cl:9")
    assert queue.run("queue_forget", "a", "cl:0") == 1
    queue.complete(("a", claim), result=b"small")
    message = mailbox.message()
    assert message.startswith(b"9 R") and message[3 + 22:] == b"small"
    queue.complete(("b", claim), result=b"x" * 5000, ttl="0")
    assert mailbox.message() == b"1 R"
    assert queue.outcome("b") == (0, b"x" * 5000), "kept just long enough"
    queue.fail("c", claim, "why", retry=False)
    assert failure_message(mailbox.message()[3 + 22:]) == ("", "why")
    assert queue.redis("EXISTS", BASE + "y") == 0


def test_result_of_a_dead_worker(queue, server):
    queue.push("a", "b", attempts=1)
    assert queue.run("queue_result", "a", "") == [0, -1], "nobody has it"
    queue.claimed(lease=40)
    queue.wait_ms(40)
    state, message = queue.outcome("a")
    assert state == 1 and b"lease ended" in message, "nobody claims, yet it is found out"


def test_full_server(queue, server):
    """What ends or keeps a claim works on a server that is out of memory; what adds does not, and changes nothing."""
    mailbox = queue.listener(server, "cl")
    queue.push("a", "b", "c", "d")
    _, _, claim = queue.claimed(4, lease=60)
    queue.run("queue_result", "a", "")
    queue.redis("CONFIG", "SET", "maxmemory", "1")
    try:
        assert queue.run("queue_renew", 30000, "a", claim, "b", claim, "c", claim) == b"111"
        assert queue.complete(("a", claim)) == b"1"
        assert queue.fail("b", claim, "x", retry=False) == 1
        assert queue.release(("c", claim)) == b"1"
        assert queue.claimed()[0] == ["c"]
        queue.wait_ms(60)
        assert queue.claimed()[0] == ["d"], "its lease had ended"
        try:
            queue.push("z")
            raise AssertionError("accepted")
        except ServerError as error:
            assert "OOM" in str(error), error
    finally:
        queue.redis("CONFIG", "SET", "maxmemory", "0")
    assert queue.counts() == {"active": 2, "dead": 1, "completed": 1, "failed": 2}
    assert mailbox.message() is None


def test_fences_grow(queue, server):
    last = 0
    queue.push(*[f"{n}" for n in range(300)])
    for _ in range(100):
        ids, _, claim = queue.claimed(3)
        assert claim > last
        last = claim + len(ids) - 1
    assert last < 2 ** 53
    queue.redis("HSET", BASE + "c", "n", 2 ** 52)
    queue.push("z")
    assert queue.claimed()[2] == 2 ** 52 + 1


if __name__ == "__main__":
    sys.exit(play([(name, test) for name, test in globals().items() if name.startswith("test_")], sys.argv[1:]))
