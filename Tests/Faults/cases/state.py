"""Shared state under lost messages, cut connections, kills and restarts: written once, and a watch never goes back."""

import time

from harness import LOSSES, Actor, Failure, Ring, eventually, lose, lossy

DOWN = 0.3


def calls_whose_messages_are_lost(ring: Ring) -> None:
    """Each is done once; what another has written meanwhile stays."""
    proxy, actor = lossy(ring)
    other = ring.watcher()
    for number, how in enumerate(LOSSES * 2, 1):
        if lose(proxy, actor, "state.add target key=n", how)["value"] != str(number):
            raise Failure("counted twice")
        if lose(proxy, actor, "state.append target key=l value=i", how)["count"] != str(number):
            raise Failure("appended twice")
        mine = lose(proxy, actor, "state.set target key=k value=mine", how).number("version")
        theirs = other.ask("state.set target key=k value=theirs", "OK").number("version")
        lose(proxy, actor, f"state.set target key=k value=late version={mine}", how, "CHANGED")
        lose(proxy, actor, f"state.set target key=k value=next version={theirs}", how)
        lose(proxy, actor, "state.expire target key=k ttl=600000", how)
        lose(proxy, actor, "state.delete target key=k", how)
        if lose(proxy, actor, "state.clear target prefix=l", how)["count"] != "1":
            raise Failure("cleared twice")
        other.ask(f"state.append target key=l value=x limit={number}", "OK")
        for _ in range(number - 1):
            other.ask("state.append target key=l value=x", "OK")


def a_killed_writer_has_counted_once(ring: Ring) -> None:
    ring.server()
    least = most = 0
    for _ in range(5):
        writer = ring.actor()
        for _ in range(20):
            writer.ask("state.add x key=n", "OK")
        writer.begin("state.add x key=n")
        writer.kill()
        least, most = least + 20, most + 21
    value = ring.watcher().ask("state.add x key=n by=0", "OK").number("value")
    if not least <= value <= most:
        raise Failure(f"{value}, wanted {least} to {most}")


def _take(watcher: Actor, what: str, last: int, wanted: str) -> int:
    """Takes changes until that value, or kind, is told; each has a greater version."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        answer = watcher.ask(f"state.next x {what} wait=5000")
        if answer.status == "TIMED_OUT":
            continue
        version = answer.number("version")
        if version < last or version == last and answer["kind"] != "absent":
            raise Failure(f"from version {last} back to {answer}")
        last = version
        if wanted in (answer["value"], answer["kind"]):
            return last
    raise Failure(f"{wanted} was not told")


def a_watch_over_a_cut_connection(ring: Ring) -> None:
    """What was written while nobody could be told is found out; also over a connection that only seems to be there."""
    proxy, watcher = lossy(ring)
    writer = ring.watcher()
    last = {"key=k": 0, "prefix=k": 0}
    writer.ask("state.set x key=k value=0", "OK")
    for what in last:
        watcher.ask(f"state.watch x {what}", "OK")
        last[what] = _take(watcher, what, 0, "0")
    for number in range(1, 6):
        writer.ask(f"state.set x key=k value=unseen-{number}", "OK")
        proxy.cut_all()
        writer.ask(f"state.set x key=k value={number}", "OK")
        for what in last:
            last[what] = _take(watcher, what, last[what], str(number))
    proxy.cut_all()
    writer.ask("state.delete x key=k", "OK")
    for what in last:
        _take(watcher, what, last[what], "absent")


def a_watch_over_a_restart(ring: Ring) -> None:
    server = ring.server(durable=True)
    writer, watcher = ring.actor(), ring.actor()
    writer.ask("state.set x key=k value=before", "OK")
    watcher.ask("state.watch x prefix=", "OK")
    last = _take(watcher, "prefix=", 0, "before")
    watcher.begin("state.next x prefix= wait=30000")
    server.restart(after=DOWN)
    writer.ask("state.set x key=k value=after", "OK")
    answer = watcher.expect("OK", seconds=20)
    if answer["value"] != "after" or answer.number("version") <= last:
        raise Failure(f"{answer}")


def a_watch_of_a_server_that_forgot_everything(ring: Ring) -> None:
    """It is told that all is gone, and later versions are greater nevertheless."""
    server = ring.server()
    writer, watcher = ring.actor(), ring.actor()
    writer.ask("state.set x key=k value=before", "OK")
    last = {"key=k": 0, "prefix=": 0}
    for what in last:
        watcher.ask(f"state.watch x {what}", "OK")
        last[what] = _take(watcher, what, 0, "before")
    server.restart(after=DOWN)
    for what in last:
        last[what] = _take(watcher, what, last[what], "absent")
    writer.ask("state.set x key=k value=after", "OK")
    for what in last:
        _take(watcher, what, last[what], "after")


def a_stopped_watcher_catches_up(ring: Ring) -> None:
    ring.server()
    writer, watcher = ring.actor(), ring.actor()
    watcher.ask("state.watch x key=k", "OK")
    writer.ask("state.set x key=k value=0", "OK")
    last = _take(watcher, "key=k", 0, "0")
    watcher.stop()
    for number in range(1, 301):
        writer.ask(f"state.set x key=k value={number}", "OK")
    watcher.go_on()
    last = _take(watcher, "key=k", last, "300")
    writer.ask("state.set x key=k value=short ttl=200", "OK")
    last = _take(watcher, "key=k", last, "short")
    watcher.stop()
    eventually("it has expired", lambda: writer.ask("state.get x key=k").status == "NOT_FOUND")
    writer.ask("state.set x key=k value=new", "OK")
    watcher.go_on()
    _take(watcher, "key=k", last, "new")
