"""Shared state as its contract says."""

from __future__ import annotations

import dataclasses
import pickle
import signal
import time
from datetime import datetime, timezone
from typing import Optional

import pytest
from support import Child, Server, again_and_again, in_thread

import distcoord
from distcoord import _interrupt


@dataclasses.dataclass
class Setting:
    name: str
    limits: list[int]
    since: Optional[datetime] = None


def test_values_are_json(client: distcoord.Client, other: distcoord.Client) -> None:
    state, seen = client.state("s"), other.state("s")
    assert state.get("a") is None and state.get("a", 7) == 7 and state.entry("a") is None
    for value in (
        None, True, 3, 2.5, "text", [1, {"x": None}], {"a": {"b": [1]}}, b"bytes", {1, 2}, "\u00e9\U0001f600",
    ):
        state.set("a", value)
        assert seen.get("a") == value
    assert client.state("other").get("a") is None, "another scope"
    assert client.state().scope == "default"


def test_values_of_a_type(client: distcoord.Client, other: distcoord.Client) -> None:
    state = client.state("s", type=Setting)
    value = Setting("x", [1, 2], datetime(2026, 1, 2, tzinfo=timezone.utc))
    state.set("a", value)
    assert other.state("s", type=Setting).get("a") == value
    assert other.state("s").get("a") == {"name": "x", "limits": [1, 2], "since": value.since}
    other.state("s").set("b", {"name": "y"})
    with pytest.raises(distcoord.NotReadable) as caught:
        state.get("b")
    assert caught.value.path.startswith("b")
    numbers = client.state("s", type=dict[str, int])
    numbers.set("c", {"x": 1})
    assert numbers["c"]["x"] == 1


def test_raw_values_are_bytes(client: distcoord.Client) -> None:
    raw = client.state("s", raw=True)
    for value in (b"", b"\0\xff\r\n", b"x" * 100_000):
        raw.set("a", value)
        assert raw.get("a") == value
    with pytest.raises(distcoord.NotReadable):
        client.state("s").get("a")
    with pytest.raises(TypeError):
        client.state("s", raw=True, type=int)


def test_what_cannot_be_sent_is_named(client: distcoord.Client) -> None:
    with pytest.raises(distcoord.NotSerializable) as caught:
        client.state().set("k", {"x": [object()]})
    assert caught.value.path == "k.x[0]" and "task" not in str(caught.value)


def test_versions_and_compare_and_set(client: distcoord.Client, other: distcoord.Client) -> None:
    state = client.state("s")
    first = state.compare_and_set("k", "one", if_version=0)
    assert first and state.compare_and_set("k", "again", if_version=0) is None
    second = state.compare_and_set("k", "two", if_version=first)
    assert second and second > first
    assert other.state("s").compare_and_set("k", "late", if_version=first) is None
    entry = state.entry("k")
    assert entry is not None and (entry.value, entry.version, entry.kind, entry.ttl) == ("two", second, "value", None)
    assert state.delete("k", if_version=first) is False and state.get("k") == "two"
    assert state.delete("k", if_version=second) is True and state.delete("k") is False
    assert state.set("k", "anew") > second, "also across deletion"


def test_update_loses_nobodys_write(client: distcoord.Client, other: distcoord.Client) -> None:
    def add(state: distcoord.State[int]) -> None:
        for _ in range(25):
            state.update("n", lambda value: (value or 0) + 1)

    threads = [in_thread(lambda c=c: add(c.state("s", type=int))) for c in (client, other, client)]
    for thread in threads:
        thread()
    assert client.state("s", type=int)["n"] == 75


def test_time_to_live(client: distcoord.Client) -> None:
    state = client.state("s")
    state.set("k", 1, ttl=0.15)
    state.set("long", 1, ttl=60)
    state.set("long", 2, ttl="keep")
    entry = state.entry("long")
    assert entry is not None and entry.ttl is not None and 50 < entry.ttl <= 60
    assert state.expire("long", None) and state.entry("long").ttl is None  # type: ignore[union-attr]
    assert state.expire("long", 30) and state.entry("long").ttl > 20  # type: ignore[union-attr,operator]
    assert state.expire("absent", 30) is False
    time.sleep(0.2)
    assert state.get("k") is None and "k" not in state
    for bad in (0, -1, float("nan"), 1e12):
        with pytest.raises(distcoord.InvalidArgument):
            state.set("k", 1, ttl=bad)
    with pytest.raises(distcoord.InvalidArgument):
        state.set("k", 1, ttl="kept")  # type: ignore[arg-type]


def test_counters_are_exact(client: distcoord.Client, other: distcoord.Client) -> None:
    def count(state: distcoord.State[int]) -> None:
        for _ in range(100):
            state.add("n")

    threads = [in_thread(lambda c=c: count(c.state())) for c in (client, other) * 3]
    for thread in threads:
        thread()
    state = client.state()
    assert state.add("n", 0) == 600 and state.get("n") == 600
    assert state.add("n", -601) == -1
    state.set("text", "x")
    with pytest.raises(distcoord.Conflict):
        state.add("text")
    state.add("most", 2**63 - 1)
    with pytest.raises(distcoord.Conflict):
        state.add("most")
    with pytest.raises(distcoord.InvalidArgument):
        state.add("n", 2**63)


def test_lists(client: distcoord.Client) -> None:
    state = client.state("s")
    assert state.items("l") == []
    assert [state.append("l", {"n": number}) for number in range(5)] == [1, 2, 3, 4, 5]
    assert state.items("l") == [{"n": number} for number in range(5)]
    assert state.items("l", 1, 2) == [{"n": 1}, {"n": 2}]
    assert state.items("l", -2) == [{"n": 3}, {"n": 4}]
    entry = state.entry("l")
    assert entry is not None and (entry.kind, entry.length) == ("list", 5)
    with pytest.raises(distcoord.Conflict):
        state.get("l")
    with pytest.raises(LookupError):
        entry.value  # noqa: B018
    assert state.append("l", "last", limit=2) == 2
    assert state.items("l") == [{"n": 4}, "last"]
    state.set("v", 1)
    for call in (lambda: state.append("v", 1), lambda: state.items("v")):
        with pytest.raises(distcoord.Conflict):
            call()


def test_listing_keys(client: distcoord.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distcoord.shared.state._PAGE", 10)
    state = client.state("s")
    for number in range(45):
        state.set(f"a/{number:04}", number)
    state.set("b", "other")
    listed = list(state.list("a/"))
    assert [entry.key for entry in listed] == [f"a/{number:04}" for number in range(45)]
    assert [entry.value for entry in listed] == list(range(45))
    assert sum(1 for _ in state) == 46
    assert state.clear("a/") == 45 and list(state) == ["b"]
    assert state.clear() == 1 and list(state.list()) == []


def test_as_a_mapping(client: distcoord.Client) -> None:
    state = client.state("s")
    state["k"] = [1]
    assert state["k"] == [1] and "k" in state and "x" not in state
    del state["k"]
    with pytest.raises(KeyError):
        state["k"]
    with pytest.raises(KeyError):
        del state["k"]


def test_watching_a_key(client: distcoord.Client, other: distcoord.Client) -> None:
    state = client.state("s")
    state.set("k", 1)
    with other.state("s").watch("k") as watch:
        assert next(watch).value == 1
        state.set("another", 1)
        state.set("k", 2)
        entry = watch.next(timeout=10)
        assert (entry.key, entry.value) == ("k", 2)
        version = entry.version
        state.delete("k")
        entry = watch.next(timeout=10)
        assert (entry.key, entry.kind, entry.exists) == ("k", "absent", False) and entry.version >= version
        state.set("k", 3)
        assert watch.next(timeout=10).value == 3
        state.expire("k", 0.1)
        while (entry := watch.next(timeout=10)).kind != "absent":  # expiry is a change
            assert entry.value == 3
        with pytest.raises(distcoord.WatchTimeout):
            watch.next(timeout=0.05)


def test_watching_a_prefix_never_goes_back(client: distcoord.Client, other: distcoord.Client) -> None:
    state = client.state("s")
    state.set("p/0", -1)

    def write() -> None:
        for number in range(300):
            state.set(f"p/{number % 3}", number)
        state.set("p/end", True)

    with other.state("s").watch(prefix="p/") as watch:
        writing = in_thread(write)
        seen: dict[str, int] = {}
        for entry in watch:
            assert entry.version > seen.get(entry.key, 0), "never an older one"
            seen[entry.key] = entry.version
            if entry.key == "p/end":
                break
        writing()
    assert set(seen) == {"p/0", "p/1", "p/2", "p/end"}
    assert {entry.key: entry.version for entry in state.list("p/")} == seen
    with pytest.raises(distcoord.InvalidArgument):
        state.watch("k", prefix="p")


def test_a_watch_survives_a_restart(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client:
        state = client.state("s")
        state.set("k", 1)
        watch = state.watch("k")
        assert next(watch).value == 1
        own_server.kill()
        own_server.start()
        waiting = in_thread(lambda: watch.next(timeout=15))
        state.set("k", 2)
        assert waiting().value == 2


def test_watches_end(client: distcoord.Client) -> None:
    watch = client.state("s").watch()
    waiting = in_thread(lambda: next(watch))
    with again_and_again(watch.cancel), pytest.raises(distcoord.Cancelled):
        waiting()
    waiting = in_thread(lambda: list(watch))
    time.sleep(0.03)
    watch.close()
    watch.close()
    assert waiting() == []
    with pytest.raises(TypeError):
        pickle.dumps(watch)


def test_handles_pickle_by_name(client: distcoord.Client) -> None:
    state = client.state("s", type=Setting)
    state.set("k", Setting("x", []))
    copy = pickle.loads(pickle.dumps(state))
    assert copy.scope == "s" and copy.get("k") == Setting("x", [])


@pytest.mark.parametrize("key", ["", "x" * 513, "\n", "\0", "\ud800"])
def test_bad_keys(client: distcoord.Client, key: str) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.state().set(key, 1)


def test_ctrl_c_ends_a_watch(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
client.ping()
watch = client.state("s").watch()
try:
    say("waits")
    next(watch)
except KeyboardInterrupt:
    say("interrupted")
say(watch.next(timeout=20).key)
"""
    with Child(server, namespace, program) as child:
        child.expect("waits")
        time.sleep(0.15)
        child.signal(signal.SIGINT)
        child.expect("interrupted")
        client.state("s").set("k", 1)
        child.expect("k")
        assert child.finish() == 0


def test_in_a_forked_child(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
state = client.state("s")
state.set("k", 1)
watch = state.watch("k")
process = os.fork()
if process == 0:
    try:
        watch.next(timeout=1)
    except distcoord.Forked:
        state.add("k", 41)
    os._exit(0)
os.waitpid(process, 0)
say(str(state["k"]))
say(str([entry.value for entry in state.watch("k", timeout=0)]))
"""
    with Child(server, namespace, program) as child:
        child.expect("42")
        child.expect("[42]")
        assert child.finish() == 0


def test_a_change_that_comes_with_an_exception_of_a_signal_handler_is_not_lost(client: distcoord.Client) -> None:
    state = client.state("s")
    state.set("k", 1)
    with state.watch() as watch:
        _interrupt.pending.append(KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            watch.next(timeout=20)
        assert not _interrupt.pending
        assert watch.next(timeout=20).value == 1
