"""The conformance runner of the Python package; README.md has the protocol."""

from __future__ import annotations

import sys
from typing import Any, Callable
from urllib.parse import unquote_to_bytes

import distcoord
from runner_meeting import MeetingRequests
from runner_messaging import MessagingRequests
from runner_queues import QueueRequests
from runner_sharing import SharingRequests
from runner_wire import STATUS_NAMES, ok, seconds
from runner_workflows import WorkflowRequests

def state(held: Any) -> str:
    """Of a lock, a hold or a permit."""
    return "held" if held.owned() else "lost" if held.lost.is_set() else "free"


class Runner(QueueRequests, MeetingRequests, SharingRequests, MessagingRequests, WorkflowRequests):
    def __init__(self, url: str, namespace: str) -> None:
        self.client = distcoord.connect(url, namespace)
        self.handles: dict[tuple[object, ...], Any] = {}
        self.jobs: dict[str, distcoord.Job] = {}

    def handle(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        if key not in self.handles:
            self.handles[key] = make()
        return self.handles[key]

    # ------------------------------------------------------------ locks

    def options(self, arguments: dict[str, bytes]) -> dict[str, Any]:
        """Options that locks of every kind take."""
        return {"lease": seconds(arguments, "lease", 10.0), "renew": arguments.get("renew") != b"no"}

    @staticmethod
    def owner(arguments: dict[str, bytes]) -> dict[str, Any]:
        return {"owner": arguments["owner"].decode()} if "owner" in arguments else {}

    def lock(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        lock: distcoord.Lock = self.handle(("lock", name), lambda: self.client.lock(
            name, **self.options(arguments), **self.owner(arguments), fair=arguments.get("fair") != b"no",
            linger=seconds(arguments, "linger", 0), reentrant=arguments.get("reentrant") == b"yes"))
        if verb == "leave":
            if not lock.acquire(timeout=seconds(arguments, "wait", -1)):
                return "TIMED_OUT"
            lock.detach()
            return ok(fence=lock.fence)
        if verb == "adopt":
            lock.adopt()
            return ok(fence=lock.fence)
        if verb == "detach":
            lock.detach()
            return "OK"
        if verb == "depth":
            return ok(depth=lock.depth)
        if verb == "break":
            return "OK" if lock.force_release(int(arguments.get("fence", b"0")) or None) else "NOT_HELD"
        if verb == "show":
            info = lock.inspect()
            return ok(fence=info.fence, waiting=info.waiters, owner=info.owner) if info else "EMPTY"
        return self.exclusive(lock, verb, arguments)

    def many(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        lock = self.handle(("many", name), lambda: self.client.multilock(name.split(","), **self.options(arguments)))
        return self.exclusive(lock, verb, arguments)

    def exclusive(self, lock: distcoord.Lock, verb: str, arguments: dict[str, bytes]) -> str:
        """What is asked alike of one lock and of several."""
        if verb == "acquire":
            return ok(fence=lock.fence) if lock.acquire(timeout=seconds(arguments, "wait", -1)) else "TIMED_OUT"
        if verb == "release":
            lock.release()
            return "OK"
        if verb == "extend":
            lock.extend(seconds(arguments, "by", 0) or None)
            return "OK"
        if verb == "state":
            return ok(state=state(lock))
        return "UNKNOWN_REQUEST"

    def rw(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        rwlock = self.handle(
            ("rw", name), lambda: self.client.rwlock(name, **self.options(arguments), **self.owner(arguments)))
        holds = self.handle(("rw holds", name), list)
        if verb in ("read", "write"):
            side = rwlock.read() if verb == "read" else rwlock.write()
            if not side.acquire(timeout=seconds(arguments, "wait", -1)):
                return "TIMED_OUT"
            holds.append(side.hold)
            return ok(fence=side.hold.fence)
        if verb == "show":
            info = rwlock.inspect()
            return ok(readers=info.readers, writers=info.writers, waiting=info.waiters)
        if verb == "state":
            return ok(state=state(holds[-1]) if holds else "free")
        if verb not in ("release", "downgrade"):
            return "UNKNOWN_REQUEST"
        if not holds:
            return "NOT_HELD"
        if verb == "downgrade":
            holds[-1].downgrade()
        else:
            holds.pop().release()
        return "OK"

    def sem(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        semaphore = self.handle(("sem", name), lambda: self.client.semaphore(
            name, int(arguments.get("permits", b"1")), **self.options(arguments)))
        if verb == "acquire":
            had = semaphore.acquire(
                timeout=seconds(arguments, "wait", -1), count=int(arguments.get("count", b"1")))
            return ok(fence=semaphore.permits[-1].fence) if had else "TIMED_OUT"
        if verb == "release":
            if not semaphore.permits:
                return "NOT_HELD"
            semaphore.release(semaphore.permits[-1].count)
            return "OK"
        if verb == "resize":
            semaphore.resize(int(arguments["to"]))
            return "OK"
        if verb == "state":
            return ok(state=state(semaphore.permits[-1]) if semaphore.permits else "free")
        if verb == "show":
            info = semaphore.inspect()
            return ok(permits=info.permits, used=info.used, waiting=info.waiters)
        return "UNKNOWN_REQUEST"

    # ------------------------------------------------------------ monitoring

    def holds(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        if verb == "release_client":
            return ok(count=self.client.release_dead_client(arguments["id"].decode()))
        holds = self.client.holds(stale=arguments.get("stale") == b"yes")
        if verb == "list":
            return ok(count=len(holds), holds=",".join(f"{hold.kind}:{hold.name}" for hold in holds))
        if verb == "break":
            kind = arguments.get("kind", b"lock").decode()
            found = [hold for hold in holds if hold.kind == kind and hold.name == name]
            return "OK" if found and self.client.break_hold(found[0]) else "NOT_HELD"
        return "UNKNOWN_REQUEST"

    def stats(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        kind = arguments.get("kind", b"lock").decode()
        if verb == "reset":
            self.client.reset_lock_statistics(name, kind)
            return "OK"
        if verb == "read":
            read = self.client.lock_statistics(name, kind)
            return ok(acquired=read.acquired, contended=read.contended, timed_out=read.timed_out, lost=read.lost,
                      released=read.released)
        return "UNKNOWN_REQUEST"

    # ------------------------------------------------------------ elections

    def election(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        value = arguments.get("value")
        election: distcoord.Election = self.handle(("election", name), lambda: self.client.election(
            name, lease=seconds(arguments, "lease", 10.0), value=value.decode() if value is not None else None))
        if verb == "campaign":
            return ok(term=election.term) if election.campaign(timeout=seconds(arguments, "wait", -1)) else "TIMED_OUT"
        if verb == "resign":
            election.resign()
            return "OK"
        if verb == "leads":
            return ok(leads=election.is_leader)
        if verb in ("leader", "watch"):
            leader = election.leader() if verb == "leader" else next(election.observe(known_term=0))
            return ok(value=leader.value, term=leader.term, candidates=leader.candidates) if leader else "EMPTY"
        if verb == "announce":
            election.set_value(arguments["value"].decode())
            return "OK"
        if verb == "evict":
            return "OK" if election.evict(int(arguments.get("term", b"0")) or None) else "NOT_HELD"
        if verb == "follow":
            return self.follow(name, election, arguments)
        return "UNKNOWN_REQUEST"

    def follow(self, name: str, election: distcoord.Election, arguments: dict[str, bytes]) -> str:
        watch: distcoord.Watch[Any] = self.handle(("election watch", name), election.leaders)
        wanted = arguments["value"].decode() if "value" in arguments else None
        while True:
            leader = watch.next(seconds(arguments, "wait", -1))
            if leader is None and wanted is None:
                return "OK"
            if leader is not None and leader.value == wanted:
                return ok(term=leader.term)

    # ------------------------------------------------------------

    def answer(self, line: str) -> str:
        request, *words = line.split()
        kind, _, verb = request.partition(".")
        arguments = {}
        name = ""
        for position, word in enumerate(words):
            key, equals, value = word.partition("=")
            if position == 0 and not equals:
                name = unquote_to_bytes(word).decode()
            else:
                arguments[key] = unquote_to_bytes(value)
        try:
            if request == "client.close":
                self.client.close()
                return "OK"
            if request == "client.id":
                return ok(id=self.client.id)
            asked = {"lock": self.lock, "many": self.many, "rw": self.rw, "sem": self.sem, "holds": self.holds,
                     "stats": self.stats, "election": self.election, "barrier": self.barrier, "queue": self.queue,
                     "job": self.job, "cron": self.cron, "latch": self.latch, "event": self.event,
                     "double": self.double, "group": self.group, "state": self.state, "breaker": self.breaker,
                     "limit": self.limit, "channel": self.channel, "subscription": self.subscription,
                     "topic": self.topic, "consumer": self.consumer, "wf": self.wf, "run": self.run, "task": self.task,
                     "artifact": self.artifact, "instance": self.instance}.get(kind)
            return asked(verb, name, arguments) if asked else "UNKNOWN_REQUEST"
        except distcoord.JobExists as exists:
            return f"EXISTS id={exists.id}"
        except distcoord.DistcoordError as error:
            return STATUS_NAMES.get(error.status, f"UNKNOWN_STATUS_{error.status}")


def main() -> None:
    runner = Runner(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        if line.strip():
            print(runner.answer(line), flush=True)


if __name__ == "__main__":
    main()
