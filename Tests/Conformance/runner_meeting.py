"""What the Python runner can be asked about barriers, latches, events, double barriers and groups."""

from __future__ import annotations

from typing import Any

import distcoord
from runner_wire import ok, seconds


class _Failure(Exception):
    """What an action that is to fail raises."""


class MeetingRequests:
    client: distcoord.Client
    handle: Any

    def barrier(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        parties = int(arguments["parties"])
        if verb == "wait":
            return self.wait_at_barrier(name, parties, arguments)
        barrier: distcoord.Barrier = self.handle(
            ("barrier", name, parties), lambda: self.client.barrier(name, parties))
        if verb == "abort":
            barrier.abort()
            return "OK"
        if verb == "reset":
            barrier.reset()
            return "OK"
        if verb == "show":
            return ok(waiting=barrier.n_waiting, generation=barrier.generation, broken=barrier.broken)
        return "UNKNOWN_REQUEST"

    def wait_at_barrier(self, name: str, parties: int, arguments: dict[str, bytes]) -> str:
        wait = seconds(arguments, "wait", -1)
        if "action" not in arguments:
            return ok(index=self.client.barrier(name, parties).wait(wait))
        acted: list[None] = []

        def act() -> None:
            acted.append(None)
            if arguments["action"] == b"fail":
                raise _Failure

        try:
            index = self.client.barrier(name, parties, act).wait(wait)
        except _Failure:
            return "BROKEN"
        return ok(index=index, acted={0: "no", 1: "yes"}.get(len(acted), "often"))

    def latch(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        latch: distcoord.Latch = self.handle(
            ("latch", name), lambda: self.client.latch(name, int(arguments.get("count", b"0")) or None))
        if verb == "count_down":
            return ok(left=latch.count_down(int(arguments.get("by", b"1"))))
        if verb == "wait":
            return "OK" if latch.wait(seconds(arguments, "wait", -1)) else "TIMED_OUT"
        if verb == "count":
            return ok(left=latch.count)
        if verb == "reset":
            latch.reset(int(arguments.get("to", b"0")) or None)
            return "OK"
        return "UNKNOWN_REQUEST"

    def event(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        event: distcoord.Event = self.handle(("event", name), lambda: self.client.event(name))
        if verb == "set":
            event.set()
            return "OK"
        if verb == "clear":
            event.clear()
            return "OK"
        if verb == "show":
            return ok(set=event.is_set())
        if verb == "wait":
            return "OK" if event.wait(seconds(arguments, "wait", -1)) else "TIMED_OUT"
        return "UNKNOWN_REQUEST"

    def double(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        parties = int(arguments["parties"])
        barrier: distcoord.DoubleBarrier = self.handle(("double", name, parties), lambda: self.client.double_barrier(
            name, parties, seconds(arguments, "lease", 10.0),
            arguments.get("death", b"break").decode()))  # type: ignore[arg-type]
        if verb == "enter":
            if barrier.is_inside:
                return "EXISTS"
            return ok(index=barrier.enter(seconds(arguments, "wait", -1)))
        if verb == "leave":
            barrier.leave(seconds(arguments, "wait", -1))
            return "OK"
        if verb == "abort":
            barrier.abort()
            return "OK"
        if verb == "state":
            return ok(state="inside" if barrier.is_inside else "lost" if barrier.lost else "outside")
        if verb == "show":
            info = barrier.inspect()
            return ok(inside=info.inside, left=info.left, parties=info.parties, round=info.round)
        return "UNKNOWN_REQUEST"

    def group(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        def text(key: str) -> Any:
            return arguments[key].decode() if key in arguments else None

        group: distcoord.Membership = self.handle(("group", name), lambda: self.client.membership(
            name, text("value"), text("id"), seconds(arguments, "lease", 10.0)))
        if verb == "join":
            group.join()
            return "OK"
        if verb == "leave":
            group.leave()
            return "OK"
        if verb == "set_value":
            group.set_value(text("value"))
            return "OK"
        if verb == "state":
            return ok(state="joined" if group.is_member else "lost" if group.lost else "outside")
        if verb == "list":
            members = group.members()
            return ok(count=len(members), members=",".join(f"{member.id}:{member.value}" for member in members))
        if verb == "next":
            watch: distcoord.Watch[distcoord.MemberChange] = self.handle(("group watch", name), group.watch)
            change = watch.next(seconds(arguments, "wait", -1))
            return ok(kind=change.kind, id=change.id, value=change.value)
        return "UNKNOWN_REQUEST"
