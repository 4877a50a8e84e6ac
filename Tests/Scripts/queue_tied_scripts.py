#!/usr/bin/env python3
"""Contracts of the scripts of queues for jobs that are tied to something (keys, workers, batches, other jobs), and of
those that look at jobs and deal with them from outside. Prints `N passed, N failed`.

    Tests/Scripts/queue_tied_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import struct
import sys

from queue_histories import History
from queue_tools import BASE, Tied, failure_message, handed, play


def tied(queue, id, mode="", after=(), delay=0, **ties):
    """Pushes one tied job, which must be taken."""
    assert queue.push_tied(Tied(id, ties, mode, tuple(after), 0, delay)) == ["1"]


def wait(queue, token, profile="linux", count=1):
    """Takes a place in line; the slot is of the token's client."""
    assert int(queue.claim(count, token=token, slot=f"{token.partition(':')[0]}:s{token}", request=1,
                           profile=profile)[0]) == 0


def grants(mailbox):
    """Numbers of waiters and what they were handed, of all messages there are."""
    found = []
    while (message := mailbox.message()) is not None:
        if message.split(b" ")[1] == b"J":
            number, _, ids, _ = handed(message)
            found.append((number, ids))
    return found


# ---------------------------------------------------------------- random operations

def test_histories(queue, server):
    for seed in range(40):
        queue.redis("FLUSHALL")
        history = History(queue, seed)
        try:
            history.play(250)
            history.drain()
        except BaseException:
            print(f"seed {seed}")
            raise


# ---------------------------------------------------------------- who is given what

def test_handed_to_the_first_that_fits(queue, server):
    mailbox = queue.listener(server, "cl")
    for number, profile in enumerate(["linux", "gpu,linux", "big,gpu,linux", "gpu,linux"], 1):
        wait(queue, f"cl:{number}", profile)
    tied(queue, "a", C="gpu")
    tied(queue, "b", C="big")
    queue.push("c")
    tied(queue, "d", C="gpu,linux")
    tied(queue, "e", C="gpu")
    found = grants(mailbox)
    assert found == [(2, ["a"]), (3, ["b"]), (1, ["c"]), (4, ["d"])], found
    assert queue.counts() == {"active": 4, "waiting": 1}


def test_owners_and_thieves(queue, server):
    mailbox = queue.listener(server, "cl")
    for profile in ("linux @ann", "linux @bob"):
        queue.claim(profile=profile)
    wait(queue, "cl:1", "linux @bob")
    wait(queue, "cl:2", "linux")
    tied(queue, "a", W="ann")
    assert grants(mailbox) == [], "neither may have it"
    assert queue.claimed(slot="cl:s9", profile="linux @eve *")[0] == ["a"]
    tied(queue, "b", W="bob")
    assert grants(mailbox) == [(1, ["b"])]
    assert queue.redis("EXISTS", BASE + "l") == 0


def test_the_queue_of_the_dead_is_for_all(queue, server):
    queue.claim(profile="linux @ann")
    tied(queue, "a", W="ann")
    tied(queue, "b", W="ann")
    reply = queue.claim()
    assert int(reply[0]) == 0 and 0 < reply[1] <= 15000, "looked at again when she falls silent"
    seen = float(queue.redis("ZSCORE", BASE + "v", "@ann"))
    queue.redis("ZADD", BASE + "v", seen - 15001, "@ann")
    assert queue.claimed(5)[0] == ["a", "b"]


def test_patience(queue, server):
    tied(queue, "a", C="gpu", L="1000")
    tied(queue, "b", C="gpu", L="-1")
    assert queue.counts() == {"waiting": 2, "unserved": 2}
    state, left = queue.run("queue_result", "a", "")
    assert state == 0 and 900 < left <= 1000
    queue.redis("ZADD", BASE + "u", 1, "a")
    assert queue.outcome("a") == (1, b"no live worker has all of its capabilities: gpu")
    kind, _ = failure_message(queue.run("queue_result", "a", "")[1][22:])
    assert kind == "capabilities"
    assert queue.counts() == {"waiting": 1, "unserved": 1, "dead": 1}
    assert queue.claimed(5, profile="gpu,linux")[0] == ["b"]
    tied(queue, "c", C="gpu", L="1000")
    queue.redis("ZADD", BASE + "u", 1, "c")
    assert queue.outcome("c") == 0, "somebody lives who has it"
    assert queue.counts() == {"waiting": 1, "active": 1, "dead": 1}


def test_those_who_say_so_live(queue, server):
    tied(queue, "a", C="gpu")
    assert queue.counts() == {"waiting": 1, "unserved": 1}
    assert queue.run("queue_alive", "gpu,linux", "@ann") == 1
    assert queue.counts() == {"waiting": 1}
    tied(queue, "b", W="ann")
    assert int(queue.claim()[0]) == 0, "it is hers while she lives"
    queue.redis("ZADD", BASE + "v", 1, "gpu,linux")
    assert queue.counts() == {"waiting": 2, "unserved": 1}
    assert 0 < queue.redis("PTTL", BASE + "v") <= 86_400_000


def test_leaving_the_line_of_a_profile(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.claim(token="cl:1", slot="cl:s1", request=1, profile="gpu,linux")
    assert queue.counts() == {"claimers": 1}
    assert queue.withdraw("cl:1", "cl:s1", 1, profile="gpu,linux") == [0]
    assert queue.counts() == {}
    queue.claim(token="cl:2", slot="cl:s1", request=2, profile="gpu,linux")
    tied(queue, "a", C="gpu")
    number, claim, ids, _ = handed(mailbox.message())
    assert (number, ids) == (2, ["a"])
    again = queue.claim(token="cl:2", slot="cl:s1", request=2, again=True, profile="gpu,linux")
    assert int(again[0]) == claim and again[1] == b"a"
    assert queue.withdraw("cl:2", "cl:s1", 2, gives_back=True, profile="gpu,linux") == [0]
    assert int(queue.claim()[0]) == 0 and queue.claimed(profile="gpu,linux")[0] == ["a"]


# ---------------------------------------------------------------- pause, rate, keys

def test_pause(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.run("queue_set", "paused", "1")
    wait(queue, "cl:1")
    queue.push("a", "b")
    tied(queue, "c", K="k")
    assert grants(mailbox) == [] and int(queue.claim(slot="cl:s2")[0]) == 0
    assert queue.counts() == {"waiting": 3, "claimers": 1}
    assert queue.run("queue_set", "paused", "") == [b""] * 6
    assert grants(mailbox) == [(1, ["a"])]
    assert queue.claimed(5)[0] == ["b", "c"]


def test_rate(queue, server):
    queue.run("queue_set", "rate", "5", "period", "500")
    queue.push(*[f"j{n:02}" for n in range(12)])
    assert len(queue.claimed(12)[0]) == 5
    reply = queue.claim(12)
    assert int(reply[0]) == 0 and 0 < reply[1] <= 101, "a hundredth of a second for each further one"
    queue.wait_ms(reply[1])
    assert len(queue.claimed(12)[0]) == 1
    queue.wait_ms(300)
    assert len(queue.claimed(12)[0]) == 3, "what was not used is kept, up to a burst"
    mailbox = queue.listener(server, "cl")
    wait(queue, "cl:1")
    queue.run("queue_set", "rate", "", "period", "")
    assert len(grants(mailbox)) == 1
    assert len(queue.claimed(12)[0]) == 2


def test_rate_is_kept_when_jobs_are_handed_out(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.run("queue_set", "rate", "2", "period", "60000")
    for number in range(1, 6):
        wait(queue, f"cl:{number}")
    for id in "abcde":
        queue.push(id)
    assert grants(mailbox) == [(1, ["a"]), (2, ["b"])]
    assert queue.counts() == {"active": 2, "waiting": 3, "claimers": 3}


def test_more_room_under_a_key_hands_out(queue, server):
    mailbox = queue.listener(server, "cl")
    for id in "abc":
        tied(queue, id, K="k")
    _, _, claim = queue.claimed()
    wait(queue, "cl:1")
    assert queue.counts() == {"active": 1, "blocked": 2, "claimers": 1}
    queue.run("queue_set", "keys", "2")
    assert grants(mailbox) == [(1, ["b"])]
    assert queue.complete(("a", claim), ttl="600000t") == b"1"
    assert queue.claimed()[0] == ["c"]


# ---------------------------------------------------------------- unique keys, batches, dependencies

def test_unique_answers_are_remembered(queue, server):
    assert queue.push_tied(Tied("a", {"U": "u"}, "r"), Tied("b", {"U": "u"}, "r")) == ["1", "2 a"]
    assert queue.push_tied(Tied("a", {"U": "u"}, "r"), Tied("b", {"U": "u"}, "r"), again=True) == ["1", "2 a"]
    queue.requests += 1
    assert queue.push_tied(Tied("c", {"U": "u"}, "p"), again=True) == ["1"], "the first sending never arrived"
    assert queue.push_tied(Tied("c", {"U": "u"}, "p"), again=True) == ["1"]
    assert queue.counts() == {"waiting": 1, "cancelled": 1}


def test_extending_moves_the_moment(queue, server):
    tied(queue, "a", "e", delay=60000, U="u")
    assert queue.push_tied(Tied("b", {"U": "u"}, "e", delay=90000)) == ["2 a"]
    due = float(queue.redis("ZSCORE", BASE + "d", "a"))
    assert queue.push_tied(Tied("c", {"U": "u"}, "e", delay=30)) == ["2 a"]
    assert 59000 < due - float(queue.redis("ZSCORE", BASE + "d", "a")) < 91000
    queue.wait_ms(30)
    assert queue.claimed()[0] == ["a"]
    assert queue.push_tied(Tied("d", {"U": "u"}, "e", delay=60000)) == ["2 a"]
    assert queue.counts() == {"active": 1}


def test_batch_tells_those_who_wait(queue, server):
    mailbox = queue.listener(server, "cl")
    assert queue.run("queue_batch", "b", "0", "cl:1", "0") == 0
    tied(queue, "x", B="b")
    assert queue.run("queue_batch", "b", "0", "cl:1", "0") == [1, 0, 0, 0, b"0"]
    queue.run("queue_batch", "b", "0", "cl:2", "0")
    queue.run("queue_batch", "b", "0", "cl:2", "1")
    _, _, claim = queue.claimed()
    queue.complete(("x", claim), ttl="600000t")
    assert mailbox.message() is None, "there may be more to come"
    assert queue.run("queue_batch", "b", "1", "", "0") == [1, 1, 0, 0, b"1"]
    assert mailbox.message() == b"1 B" and mailbox.message() is None
    assert queue.push_tied(Tied("y", {"B": "b"})) == ["4"]
    assert 600_000_000 < queue.redis("PTTL", BASE + "B:b") <= 604_800_000
    assert queue.counts() == {"completed": 1}


def test_those_who_follow_are_dealt_with_in_parts(queue, server):
    tied(queue, "root", B="b")
    jobs = [Tied(f"j{n:04}", {"D": "s"}, after=("root",)) for n in range(900)]
    for start in range(0, 900, 300):
        assert set(queue.push_tied(*jobs[start:start + 300])) == {"1"}
    _, _, claim = queue.claimed()
    queue.fail("root", claim, retry=False)
    assert 0 < queue.counts()["blocked"] < 900
    for _ in range(10):
        queue.claim()
    assert queue.counts() == {"dead": 1, "failed": 1, "cancelled": 900}
    assert queue.redis("EXISTS", BASE + "m", BASE + "N", BASE + "n:root") == 0


def test_unknown_predecessors(queue, server):
    queue.push("a")
    assert queue.push_tied(Tied("b", {"D": "f"}, after=("a", "x")), Tied("c", {"D": "f"}, after=("a",))) == ["3", "1"]
    assert queue.push_tied(Tied("d", {"D": "f"}, after=("b",))) == ["3"]
    assert queue.counts() == {"waiting": 1, "blocked": 1}


# ---------------------------------------------------------------- from outside

def test_cancelling_tells_the_claimer(queue, server):
    mailbox = queue.listener(server, "cl")
    queue.push("a", "b")
    _, _, claim = queue.claimed(2)
    assert queue.run("queue_cancel", "a", "why") == 2
    assert mailbox.message() == f"0 X {BASE} a".encode()
    assert queue.run("queue_renew", 30000, "a", claim, "b", claim, "c", claim) == b"210"
    assert queue.run("queue_cancelled", "a", claim + 5, 1, "2", "") == 0
    assert queue.run("queue_cancelled", "a", claim, claim, "2", "") == 1
    assert queue.outcome("a") == (2, b"why")
    assert queue.run("queue_cancel", "a", "again") == 3 and queue.run("queue_cancel", "z", "") == 0
    assert queue.run("queue_renew", 30000, "b", claim) == b"1"
    assert queue.redis("EXISTS", BASE + "X") == 0


def test_cancelled_in_a_long_list(queue, server):
    ids = [f"j{n:05}" for n in range(3000)]
    for start in range(0, 3000, 1000):
        queue.push(*ids[start:start + 1000], payload=b"")
    for id in ids[::3]:
        assert queue.run("queue_cancel", id, "") == 1
    assert queue.counts() == {"waiting": 2000, "cancelled": 1000}
    assert queue.run("queue_cancel", ids[0], "") == 3
    assert queue.push(ids[0], checks=True, slot="cl:s3") == b"0", "its outcome is known"
    got = []
    while int((reply := queue.claim(1000))[0]):
        got += [id.decode() for id in reply[1::2]]
    assert got == [id for id in ids if int(id[1:]) % 3]
    assert queue.redis("HLEN", BASE + "j") == 2000
    assert queue.redis("HGET", BASE + "c", "gone") in (b"0", None)


def test_progress(queue, server):
    queue.push("a")
    _, _, claim = queue.claimed()
    assert queue.run("queue_progress", "a", claim + 1, "5 x") == 0
    assert queue.run("queue_progress", "a", claim, "40 two of five") == 1
    [job] = queue.run("queue_list", "i", "a")
    assert job[1] == b"a" and job[5] == b"40 two of five"
    assert queue.run("queue_renew", 30000, "a", claim) == b"1"
    assert queue.complete(("a", claim), ttl="600000f") == b"1"
    assert queue.redis("EXISTS", BASE + "P") == 0


def test_lists(queue, server):
    queue.push("late", delay=60000)
    queue.push("due", delay=20)
    queue.push("w2", "w3")
    queue.push("w1", priority=5)
    tied(queue, "c", C="gpu")
    tied(queue, "k1", K="k")
    tied(queue, "k2", K="k")
    tied(queue, "n", after=["w2"])
    queue.wait_ms(20)

    def ids(state, offset=0, limit=100):
        return [job[0].decode() for job in queue.run("queue_list", state, offset, limit)]

    assert ids("w") == ["due", "w1", "w2", "w3", "k1", "c"]
    assert ids("w", 1, 2) == ["w1", "w2"] and ids("w", 5, 10) == ["c"] and ids("w", 6) == []
    assert ids("d") == ["late"] and sorted(ids("b")) == ["k2", "n"]
    assert ids("a") == ids("z") == ids("o") == []
    assert queue.run("queue_list", "i", "nobody") == []
    assert [job[1] for job in queue.run("queue_list", "i", "k2")] == [b"b"]


def test_deleting_by_age(queue, server):
    queue.push("a", "b")
    _, _, claim = queue.claimed(2)
    queue.fail("a", claim, retry=False)
    queue.complete(("b", claim))
    assert queue.run("queue_delete", "z", 60000, "", 0, 100) == [0, 1]
    assert queue.run("queue_delete", "z", 0, "b") == [0, 1]
    assert queue.run("queue_delete", "z", 0, "", 0, 100) == [1, 1]
    assert queue.outcome("a") == 3 and queue.counts() == {"completed": 1, "failed": 1}
    assert queue.run("queue_delete", "o", 0, "b") == [1, 1]
    assert queue.redis("EXISTS", BASE + "j", BASE + "o", BASE + "e", BASE + "z", BASE + "E") == 0


def test_many_dead_are_tried_again_in_parts(queue, server):
    ids = [f"j{n:03}" for n in range(250)]
    queue.push(*ids, attempts=1)
    got, _, claim = queue.claimed(250)
    for id in got:
        queue.fail(id, claim)
    assert queue.counts() == {"dead": 250, "failed": 250}
    counts = [queue.run("queue_retry", "") for _ in range(3)]
    assert [int(count) for count, _ in counts] == [100, 100, 50]
    assert [more for _, more in counts] == [b"1", b"1", b"0"]
    assert queue.claimed(250)[0] == ids, "in the order of their deaths"


def test_dead_are_bounded(queue, server):
    queue.run("queue_set", "dead", "3")
    for number in range(6):
        queue.push(f"j{number}", apart=b"z" * 70000)
        _, _, claim = queue.claimed()
        queue.fail(f"j{number}", claim, retry=False)
    assert [job[0] for job in queue.run("queue_list", "z", 0, 10)] == [b"j5", b"j4", b"j3"]
    assert queue.redis("HLEN", BASE + "j") == 3 and len(queue.redis("KEYS", BASE + "b:*")) == 3


def test_full_server(queue, server):
    """What ends a job works on a server that is out of memory, also for one that others wait for."""
    tied(queue, "a", K="k", U="u", B="b")
    tied(queue, "b", K="k")
    tied(queue, "c", after=["a"])
    queue.push("d", "e")
    _, _, claim = queue.claimed(5)
    queue.run("queue_cancel", "e", "why")
    queue.redis("CONFIG", "SET", "maxmemory", "1")
    try:
        assert queue.complete(("a", claim), ttl="600000t") == b"1"
        assert queue.fail("d", claim, retry=False) == 1
        assert queue.run("queue_cancelled", "e", claim, claim, "2", "") == 1
        assert sorted(queue.claimed(5)[0]) == ["b", "c"]
    finally:
        queue.redis("CONFIG", "SET", "maxmemory", "0")
    assert queue.counts() == {"active": 2, "completed": 1, "dead": 1, "failed": 1, "cancelled": 1}


def test_failures_are_kept(queue, server):
    queue.push("a")
    _, _, claim = queue.claimed()
    queue.fail("a", claim, "odd", delay=0)
    [job] = queue.run("queue_list", "i", "a")
    assert failure_message(job[7][6:]) == ("", "odd")
    _, records, claim = queue.claimed()
    assert struct.unpack_from("<B", records[0], 7) == (2,)
    queue.complete(("a", claim), ttl="600000f")
    assert queue.redis("EXISTS", BASE + "E") == 0


if __name__ == "__main__":
    sys.exit(play([(name, test) for name, test in globals().items() if name.startswith("test_")], sys.argv[1:]))
