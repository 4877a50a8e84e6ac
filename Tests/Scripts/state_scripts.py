#!/usr/bin/env python3
"""Contracts of the scripts of shared state, against a real server. Prints `N passed, N failed`.

    Tests/Scripts/state_scripts.py [NAME...]     only the tests whose names contain one of these
"""

from __future__ import annotations

import sys
import time
import traceback

import state_histories
from scripting import Server, ServerError
from state_tools import BASE, HOUR, State, told

BIGGEST, SMALLEST = 2 ** 63 - 1, -2 ** 63


# ---------------------------------------------------------------- values

def test_a_value_has_a_version_that_grows(state, server):
    versions = [state.set("k", f"{n}") for n in range(20)]
    assert versions == sorted(set(versions)) and versions[0] > 10 ** 15 and versions[-1] < 2 ** 53
    entry = state.get("k")
    assert (entry.version, entry.letter, entry.value, entry.lives) == (versions[-1], "v", b"19", -1)


def test_any_bytes(state, server):
    for value in (b"", b"\0", bytes(range(256)), b"\r\n$3\r\n", b"x" * 70000):
        state.set("k", value)
        assert state.get("k", -1).value == value


def test_versions_are_new_even_if_the_server_has_lost_some(state, server):
    """By its clock: one that counted would give the lost ones again, to something else."""
    for write in (lambda: state.set("k", "x"), lambda: state.add("n", 1), lambda: state.append("l", "x")):
        for _ in range(2):
            seconds, microseconds = state.redis("TIME")
            write()
            assert state.list()[-1].version >= int(seconds) * 10 ** 6 + int(microseconds)
        state.clear()


def test_versions_grow_when_the_clock_does_not(state, server):
    ahead = 9 * 10 ** 15
    state.redis("SET", BASE + ":v:k", f"{ahead}v-")
    assert state.set("k", "x") == ahead + 1
    assert state.delete("k") == "D"
    assert state.get("k").version == ahead + 2 and not state.get("k").is_there
    assert state.set("k", "x") == ahead + 3


def test_compare_and_set(state, server):
    assert state.set("k", "x", version=1) == ("C", 0)
    first = state.set("k", "x", version=0)
    assert isinstance(first, int)
    assert state.set("k", "y", version=0) == ("C", first)
    assert state.set("k", "y", version=first + 1) == ("C", first)
    second = state.set("k", "y", version=first)
    assert second > first and state.get("k").value == b"y"
    assert state.delete("k", first) == "C" and state.delete("k", second) == "D"
    assert state.set("k", "z", version=second) == ("C", 0)
    assert state.set("k", "z", version=0) > second


def test_delete_remembers_the_version_for_a_while(state, server):
    assert state.delete("k") == "N"
    version = state.set("k", "x")
    assert state.delete("k") == "D" and state.delete("k") == "N"
    assert state.get("k").version > version and state.names() == []
    assert HOUR - 5000 < state.redis("PTTL", BASE + ":v:k") <= HOUR


def test_delete_when_the_server_is_full(state, server):
    state.set("k", "x" * 1000)
    state.append("l", "x")
    state.redis("CONFIG", "SET", "maxmemory", "1")
    for call in (lambda: state.set("k", "y"), lambda: state.append("l", "y"), lambda: state.add("n", 1)):
        try:
            raise AssertionError(call())
        except ServerError as error:
            assert "OOM" in str(error), error
    assert state.get("k").value == b"x" * 1000
    assert state.delete("k") == "D" and state.clear() == (1, "")
    state.redis("CONFIG", "SET", "maxmemory", "0")
    assert state.names() == [] and not state.get("l").is_there


# ---------------------------------------------------------------- several at once

def test_several_at_once(state, server):
    """Over nothing, a value, one that expires, a list and what was deleted; a key may come more than once."""
    state.set("value", "old")
    state.set("expires", "old", ttl=HOUR)
    state.append("list", "old")
    state.set("gone", "old")
    state.delete("gone")
    keys = ["value", "expires", "list", "gone", "new", "value", "new"]
    everything, before = state.listener(server), {key: state.get(key).version for key in keys}
    versions = state.put(*((key, f"{place}") for place, key in enumerate(keys)))
    assert [told(everything) for _ in keys] == [
        (version, "v", 0, key, str(place).encode()) for place, (key, version) in enumerate(zip(keys, versions))]
    assert versions[5] > versions[0] and versions[6] > versions[4]
    for place, key in list(enumerate(keys))[2:]:
        entry = state.get(key)
        assert entry.version >= versions[place] > before[key] and entry.letter == "v" and entry.lives == -1
    values = [state.get(key).value for key in ("value", "expires", "list", "gone", "new")]
    assert values == [b"5", b"1", b"2", b"3", b"6"]
    assert state.names() == sorted(set(keys)) and state.ends() == []
    assert state.redis("EXISTS", BASE + ":l:list") == 0


def test_several_at_once_are_sent_again(state, server):
    for pairs in ((("a", "1"), ("b", "2")), (("a", "1"), ("a", "2"), ("b", "3"))):
        versions = state.put(*pairs, number=10 + len(pairs))
        theirs = state.set("b", "theirs", lane="b.1")
        assert state.put(*pairs, number=10 + len(pairs)) == versions and len(versions) == len(pairs)
        assert state.get("b").version == theirs


def test_several_at_once_when_the_clock_does_not_go_on(state, server):
    ahead = 9 * 10 ** 15
    state.redis("SET", BASE + ":v:k", f"{ahead}v-")
    versions = state.put(("j", "x"), ("k", "y"), ("k", "z"))
    assert versions[0] < ahead and versions[1:] == [ahead + 1, ahead + 2]
    assert state.put(("k", "z")) == [ahead + 3]


# ---------------------------------------------------------------- what is sent again

def test_sent_again_is_not_done_again(state, server):
    """Each kind of change, with something of another's in between."""
    first = state.set("k", "mine", number=10)
    other = state.set("k", "theirs", lane="b.1")
    assert state.set("k", "mine", number=10) == first
    assert state.get("k").value == b"theirs"
    assert state.set("k", "mine", version=other, number=11) == state.set("k", "mine", version=other, number=11)
    assert state.add("n", 5, number=12) == 5 and state.add("n", 1, lane="b.1") == 6
    assert state.add("n", 5, number=12) == 5 and state.get("n").value == b"6"
    assert state.append("l", "a", number=13) == 1 and state.append("l", "b", lane="b.1") == 2
    assert state.append("l", "a", number=13) == 1 and state.items("l")[2] == [b"a", b"b"]
    assert state.delete("k", number=14) == "D"
    state.set("k", "again", lane="b.1")
    assert state.delete("k", number=14) == "D" and state.get("k").value == b"again"
    assert state.expire("k", 50000, number=15) == "D" and state.expire("k", 0, lane="b.1") == "D"
    assert state.expire("k", 50000, number=15) == "D" and state.get("k").lives == -1
    assert state.clear("k", number=16) == (1, "")
    state.set("k", "new", lane="b.1")
    assert state.clear("k", number=16) == (1, "") and state.get("k").value == b"new"


def test_refused_stays_refused(state, server):
    assert state.set("k", "x", version=7, number=10) == ("C", 0)
    assert state.delete("k", number=11) == "N"
    assert state.expire("k", 5, number=12) == "N"
    present = state.set("k", "y", lane="b.1")
    assert state.set("k", "x", version=7, number=10, lane="c.1") == ("C", present)
    assert state.expire("k", 5, number=12) == "N" and state.get("k").lives == -1


def test_a_call_that_nobody_waits_for_any_more(state, server):
    state.set("k", "x", number=10)
    state.set("k", "y", number=11)
    assert state.change("put", "k", "x", number=10) == ""
    assert state.get("k").value == b"y"


def test_lanes_are_forgotten(state, server):
    state.set("k", "x")
    assert 0 < state.redis("PTTL", BASE + ":o:a.1") <= 120000


# ---------------------------------------------------------------- time to live

def test_time_to_live(state, server):
    state.set("k", "x", ttl=500)
    entry = state.get("k")
    assert entry.letter == "V" and 0 < entry.lives <= 500
    until(lambda: state.get("k").letter == "")
    assert state.set("k", "y", version=0) > entry.version
    assert state.get("k").lives == -1


def test_time_to_live_is_kept_exactly(state, server):
    state.set("k", "1", ttl=HOUR)
    state.append("l", "x", ttl=HOUR)
    ends = [state.redis("PEXPIRETIME", BASE + ":v:" + key) for key in "kl"]
    for _ in range(50):
        state.set("k", "1", ttl=-1)
        state.add("k", 1)
        state.append("l", "x")
    assert [state.redis("PEXPIRETIME", BASE + ":v:" + key) for key in "kl"] == ends
    assert state.redis("PEXPIRETIME", BASE + ":l:l") == ends[1]
    assert [state.redis("ZSCORE", BASE + ":t", key) for key in "kl"] == [str(end).encode() for end in ends]


def test_keep_without_anything_to_keep(state, server):
    state.set("k", "x", ttl=HOUR)
    state.delete("k")
    state.set("k", "y", ttl=-1)
    assert state.get("k").lives == -1 and state.redis("PTTL", BASE + ":v:k") == -1
    state.set("l", "y", ttl=-1)
    assert state.get("l").lives == -1


def test_a_value_that_stays_over_one_that_expires(state, server):
    for write in (lambda: state.set("k", "y"), lambda: state.expire("k", 0), lambda: state.add("k", 1, ttl=0)):
        state.set("k", "1", ttl=HOUR)
        assert state.ends() == ["k"]
        write()
        assert state.ends() == [] and state.get("k").lives == -1 and state.get("k").letter == "v"
        assert state.redis("PTTL", BASE + ":k") == -1


def test_expire_changes_no_version(state, server):
    version = state.set("k", "x")
    assert state.expire("k", HOUR) == "D"
    entry = state.get("k")
    assert entry.version == version and entry.value == b"x" and entry.lives > HOUR - 5000
    state.append("l", "x")
    state.expire("l", HOUR)
    assert state.redis("PTTL", BASE + ":l:l") > 0
    assert state.redis("PEXPIRETIME", BASE + ":l:l") == state.redis("PEXPIRETIME", BASE + ":v:l")
    state.expire("l", 0)
    assert state.redis("PTTL", BASE + ":l:l") == -1 and state.get("l").letter == "l"


def test_what_expires_leaves_nothing(state, server):
    for number in range(30):
        state.set(f"k{number}", "x", ttl=1000)
        state.append(f"l{number}", "x", ttl=1000)
    assert len(state.names()) == 60
    state.redis("DEL", BASE + ":o:a.1")
    until(lambda: state.redis("DBSIZE") == 0)


def test_names_stay_when_one_key_does(state, server):
    state.set("stays", "x")
    for number in range(30):
        state.set(f"k{number}", "x", ttl=30)
    time.sleep(0.05)
    assert [entry.key for entry in state.list()] == ["stays"]
    until(lambda: [state.page() and None, state.names()][1] == ["stays"])
    assert state.ends() == [] and state.redis("PTTL", BASE + ":k") == -1


def test_writes_sweep_what_has_expired(state, server):
    state.set("stays", "x")
    for number in range(30):
        state.set(f"k{number}", "x", ttl=20)
    time.sleep(0.05)
    for number in range(15):
        state.set(f"z{number}", "x", ttl=HOUR)
    assert len(state.names()) == 16 and len(state.ends()) == 15


def test_an_expired_key_is_written_anew(state, server):
    """Its name is still there, and so is its end."""
    for ttl in (0, HOUR):
        state.set("stays", "x")
        state.set("k", "x", ttl=10)
        until(lambda: state.get("k").letter == "")
        state.set("k", "y", ttl=ttl)
        assert state.names() == ["k", "stays"] and state.ends() == (["k"] if ttl else [])
        assert [entry.value for entry in state.list()] == [b"y", b"x"]
        state.clear()


# ---------------------------------------------------------------- counters

def test_counters_are_exact(state, server):
    total = 0
    for delta in (1, -3, 10 ** 12, 2 ** 53, 1, -1, 2 ** 53 + 1, -2 ** 54, 2 ** 62, 2 ** 61, -7, 2 ** 60 + 1):
        total += delta
        assert state.add("n", delta) == total, (delta, total)
        assert state.add("n", 0) == total
    for first, second in ((2 ** 53 - 1, 2 ** 53 - 2), (2 ** 53 + 1, -2), (-2 ** 53 - 1, 2), (5, 2 ** 53 + 1)):
        state.set("n", str(first))
        assert state.add("n", second) == first + second
    state.set("n", str(BIGGEST - 1))
    assert state.add("n", 1) == BIGGEST and state.add("n", 1) == "O" and state.add("n", 0) == BIGGEST
    assert state.add("n", SMALLEST) == -1 and state.add("n", SMALLEST) == "O"
    assert state.add("m", SMALLEST) == SMALLEST and state.add("m", BIGGEST) == -1
    assert state.redis("EXISTS", BASE + ":n") == 0


def test_what_is_no_number(state, server):
    beyond = (str(2 ** 63), str(-2 ** 63 - 1), "9" * 21)
    for value in ("", "x", "1.5", "01", "-0", "+1", " 1", "1 ", "1e3", "0x10") + beyond:
        version = state.set("k", value)
        assert state.add("k", 1) == "N", value
        assert state.get("k").version == version
    state.append("l", "x")
    assert state.add("l", 1) == "N"


def test_reading_a_counter_changes_nothing(state, server):
    assert state.add("n", 0) == 0 and state.names() == []
    state.add("n", 3)
    version = state.get("n").version
    assert state.add("n", 0) == 3 and state.get("n").version == version


# ---------------------------------------------------------------- lists

def test_lists(state, server):
    assert [state.append("l", item) for item in "abcde"] == [1, 2, 3, 4, 5]
    assert state.items("l") == ("l", 0, [b"a", b"b", b"c", b"d", b"e"])
    for first, count, wanted in (
            (1, 2, b"bc"), (-2, 9, b"de"), (-1, 1, b"e"), (-9, 2, b"ab"), (4, 9, b"e"), (5, 1, b""), (-3, 2, b"cd")):
        assert b"".join(state.items("l", first, count)[2]) == wanted, (first, count)
    assert state.get("l").number == 5
    assert state.append("l", "f", limit=3) == 3 and state.items("l")[2] == [b"d", b"e", b"f"]
    assert state.delete("l") == "D" and state.redis("EXISTS", BASE + ":l:l") == 0
    assert state.append("l", "g") == 1


def test_lists_and_values_are_not_confused(state, server):
    state.set("k", "x")
    assert state.append("k", "y") == "C" and state.items("k")[0] == "v"
    state.append("l", "x", ttl=HOUR)
    state.set("l", "y")
    assert state.redis("EXISTS", BASE + ":l:l") == 0 and state.get("l").value == b"y"
    assert state.items("none") == ("", 0, [])


def test_many_items_are_read_in_order(state, server):
    for number in range(1000):
        state.append("l", f"{number:05}")
    assert state.items("l", 3, 900)[2] == [b"%05d" % n for n in range(3, 903)]


def test_big_items_go_another_way(state, server):
    for _ in range(40):
        state.append("l", "x" * 5000)
    assert state.items("l", room=65536) == ("l", 1, [])
    assert len(state.items("l", room=65536, partly=1)[2]) == 13
    assert len(state.items("l", room=10, partly=1)[2]) == 1
    assert len(state.items("l", room=1 << 20)[2]) == 40


# ---------------------------------------------------------------- listing

def test_listing_by_prefix_in_order(state, server):
    keys = ["a", "a/1", "a/2", "a0", "b", "\u00e4", "\U0001f600", "a/\u00ff"]
    for key in keys:
        state.set(key, "x")
    by_bytes = sorted(keys, key=lambda key: key.encode())
    assert [entry.key for entry in state.list()] == by_bytes
    assert [entry.key for entry in state.list("a/")] == ["a/1", "a/2", "a/\u00ff"]
    assert [entry.key for entry in state.list(limit=1)] == by_bytes
    assert state.list("c") == []


def test_listing_while_keys_come_and_go(state, server):
    """Those that stay are listed once."""
    for number in range(0, 300, 3):
        state.set(f"k{number:03}", "x")
    seen, cursor = [], ""
    for step in range(1000):
        entries, cursor = state.page("k", cursor, 7)
        seen += [entry.key for entry in entries]
        state.set(f"k{step:03}x", "y")
        state.delete(f"k{step // 2:03}x")
        if not cursor:
            break
    assert [key for key in seen if not key.endswith("x")] == [f"k{number:03}" for number in range(0, 300, 3)]
    assert seen == sorted(set(seen))


def test_big_values_do_not_fill_a_page(state, server):
    for number in range(20):
        state.set(f"k{number:02}", "x" * 60000)
    state.set("k20", "x" * 65537)
    entries, cursor = state.page()
    assert len(entries) == 5 and cursor == "k04"
    everything = state.list()
    assert len(everything) == 21 and everything[-1].number == 65537 and everything[0].number == -1
    state.set("k20", "x" * 65536)
    assert state.get("k20").number == -1 and len(state.get("k20").value) == 65536
    state.set("k20", "x" * 65537)
    assert state.get("k20", -1).number == -1 and len(state.get("k20", -1).value) == 65537


def test_clear(state, server):
    for number in range(25):
        state.set(f"a{number:02}", "x", ttl=number % 2 * HOUR)
        state.append(f"b{number:02}", "x")
    assert state.clear("a", limit=10) == (10, "a09")
    assert state.clear("a", "a09", 10) == (10, "a19")
    assert state.clear("a", "a19", 10) == (5, "")
    assert len(state.list()) == 25 and state.ends() == []
    assert state.clear() == (25, "") and state.redis("EXISTS", BASE + ":k", BASE + ":l:b01") == 0


# ---------------------------------------------------------------- what is told

def test_every_change_is_told(state, server):
    one, all_ = state.listener(server, "k"), state.listener(server)

    def heard():
        messages = [told(one), told(all_)]
        assert messages[0] == messages[1], messages
        return messages[0]

    version = state.set("k", "x")
    assert heard() == (version, "v", 0, "k", b"x")
    version = state.set("k", b"a\nb c", ttl=HOUR)
    end = state.redis("PEXPIRETIME", BASE + ":v:k")
    assert heard() == (version, "v", end, "k", b"a\nb c")
    version = state.set("k", "y", ttl=-1)
    message = heard()
    assert message[:2] == (version, "v") and message[3:] == ("k", b"y") and abs(message.expires - end) < 50
    state.expire("k", 0)
    message = heard()
    assert message[:4] == (version, "e", 0, "k") and int(message.content) > version
    state.set("k", "z" * 2049)
    assert heard()[1:] == ("b", 0, "k", b"")
    state.delete("k")
    assert heard() == (state.get("k").version, "x", 0, "k", b"")
    state.add("k", 41)
    assert heard()[1:] == ("v", 0, "k", b"41")
    state.clear("k")
    assert heard().what == "x"
    state.append("k", "i")
    state.append("k", "j")
    assert heard()[1:] == ("l", 0, "k", b"1") and heard()[1:] == ("l", 0, "k", b"2")
    state.set("other", "x")
    assert told(one, 0.05) is None and told(all_).key == "other"


def test_who_watches_one_is_told_while_nobody_watches_many(state, server):
    state.set("k", "x")
    one = state.listener(server, "k")
    version = state.set("k", "y")
    assert told(one) == (version, "v", 0, "k", b"y")
    state.set("other", "x")
    state.delete("k")
    assert told(one).what == "x"


def test_what_changes_nothing_is_not_told(state, server):
    state.set("k", "x")
    everything = state.listener(server)
    state.set("k", "y", version=1)
    state.add("k", 1)
    state.append("k", "y")
    state.delete("k", 1)
    state.delete("none")
    state.expire("none", 5)
    state.add("none", 0)
    state.set("k", "y", number=state.number)
    assert told(everything, 0.05) is None


def until(condition, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.003)


def main() -> int:
    server = Server()
    passed, failed = 0, 0
    try:
        for module in (sys.modules[__name__], state_histories):
            for name, test in list(vars(module).items()):
                if not name.startswith("test_") or sys.argv[1:] and not any(part in name for part in sys.argv[1:]):
                    continue
                try:
                    test(State(server), server)
                    passed += 1
                except Exception:  # noqa: BLE001 - any failure counts
                    failed += 1
                    print(f"FAIL {name}")
                    traceback.print_exc()
    finally:
        server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
