"""The scripts of one queue, with the arguments that the library would send."""

from __future__ import annotations

import struct
import time
import traceback
from typing import NamedTuple, Optional

from scripting import Connection, Server, assemble

BASE = "dc:{test:queue:q}:"
COUNTS = ("waiting", "delayed", "active", "dead", "completed", "failed", "claimers", "blocked", "unserved", "cancelled")


class Tied(NamedTuple):
    """A job that is tied to something: letters of its ties and their values, and what goes beside the record."""

    id: str
    ties: dict[str, str]
    mode: str = ""  # what to do when its unique key is taken: r, p, e
    after: tuple[str, ...] = ()
    priority: int = 0
    delay: object = 0
    apart: Optional[bytes] = None


def failure(message: str, kind: str = "", worker: str = "", trace: str = "") -> bytes:
    """As workers pack it."""
    parts = [text.encode() for text in (kind, worker, message)]
    return b"".join((struct.pack("<H", len(parts[0])), parts[0], struct.pack("<H", len(parts[1])), parts[1],
                     struct.pack("<I", len(parts[2])), parts[2])) + trace.encode()


def failure_message(packed: bytes) -> tuple[str, str]:
    """Kind and message."""
    at = 2 + int.from_bytes(packed[:2], "little")
    kind = packed[2:at].decode()
    at += 2 + int.from_bytes(packed[at:at + 2], "little")
    length = int.from_bytes(packed[at:at + 4], "little")
    return kind, packed[at + 4:at + 4 + length].decode()


def record_of(priority=0, attempts=4, payload=b"payload", ttl=None, backoff=None, apart=False, ties=None) -> bytes:
    """From the flags on."""
    flags, rest = 0, b""
    if priority:
        flags, rest = flags | 8, rest + struct.pack("<i", priority)
    if backoff:
        flags, rest = flags | 1, rest + struct.pack("<II", *backoff)
    if ttl is not None:
        flags, rest = flags | 2, rest + struct.pack("<Q", ttl)[:6]
    if ties:
        packed = b"".join(letter.encode() + struct.pack("<H", len(value.encode())) + value.encode()
                          for letter, value in ties.items())
        flags, rest = flags | 64, rest + struct.pack("<H", len(packed)) + packed
    if apart:
        flags, payload = flags | 4, b""
    return bytes([flags, 1, attempts]) + rest + payload


class Queue:
    """One queue on one server, emptied before."""

    def __init__(self, server: Server) -> None:
        self.redis = Connection(server.path)
        self.redis("FLUSHALL")
        self.requests = 0
        self.digests: dict[str, bytes] = {}

    def run(self, name: str, *arguments):
        if name not in self.digests:
            self.digests[name] = self.redis("SCRIPT", "LOAD", assemble(name))
        return self.redis("EVALSHA", self.digests[name], 1, BASE, *arguments)

    def push(self, *ids: str, priority=0, delay=0, attempts=4, checks=False, payload=b"payload", ttl=None, backoff=None,
             apart=None, slot="", again=False):
        record = record_of(priority, attempts, payload, ttl, backoff, apart is not None)
        jobs = []
        for id in ids:
            jobs += [id, record] + ([apart] if apart is not None else [])
        count = -len(ids) if apart is not None else len(ids)
        mode = "2" if again else "1" if checks else "0"
        if slot and not again:
            self.requests += 1
        return self.run("queue_push", mode, slot, self.requests if slot else 0, "0", count, priority, delay, *jobs)

    def push_tied(self, *jobs: Tied, slot="cl:s9", again=False, attempts=4, backoff=None) -> list[str]:
        """A digit for each job, followed by a space and who has its unique key."""
        words = []
        for job in jobs:
            record = record_of(job.priority, attempts, b"payload", None, backoff, job.apart is not None, job.ties)
            words += ["T" if job.apart is not None else "t", job.priority, job.delay, job.id, record]
            words += ([job.apart] if job.apart is not None else []) + [job.mode, len(job.after), *job.after]
        if not again:
            self.requests += 1
        answer = self.run("queue_push", "2" if again else "1", slot, self.requests, "1", *words)
        digits, *holders = answer.decode().split("\n")
        return [f"{digit} {holders.pop(0)}" if digit == "2" else digit for digit in digits]

    def claim(self, count=1, lease=30000, token="", slot="cl:s1", request=None, again=False, arrival=0,
              profile="linux"):
        if request is None:
            self.requests += 1
            request = self.requests
        return self.run(
            "queue_claim", token, slot, request, count, lease, "1" if again else "0", arrival, profile)

    def claimed(self, *arguments, **options):
        """Ids and records of a claim that must get something, and its number."""
        reply = self.claim(*arguments, **options)
        assert int(reply[0]) > 0, reply
        return [id.decode() for id in reply[1::2]], reply[2::2], int(reply[0])

    def complete(self, *jobs, ttl="600000", again=False, result=b"done", attempts=1):
        arguments = []
        for place, (id, claim) in enumerate(jobs):
            arguments += [id, claim, ttl, b"\0" + struct.pack("<Q", claim + place) + bytes([attempts]) + result]
        return self.run("queue_complete", "1" if again else "0", *arguments)

    def fail(self, id, claim, message="went wrong", retry=True, fraction=1000, delay=""):
        return self.run(
            "queue_fail", id, claim, claim, failure(message), "1" if retry else "0", fraction, delay)

    def release(self, *jobs, delay=""):
        """Jobs as pairs of an id and a claim."""
        return self.run("queue_release", delay, *(word for job in jobs for word in job))

    def withdraw(self, token, slot, request, count=1, gives_back=False, lease=30000, profile="linux"):
        return self.run(
            "queue_withdraw", token, slot, request, count, "1" if gives_back else "0", lease, profile)

    def counts(self):
        return {name: count for name, count in zip(COUNTS, self.run("queue_count")) if count}

    def outcome(self, id: str):
        """State and bytes; of a dead job the message. A number when there is none."""
        reply = self.run("queue_result", id, "")
        if reply[0] != 1:
            return reply[0]
        state, rest = reply[1][12], reply[1][22:]
        return state, failure_message(rest)[1].encode() if state == 1 else rest

    def listener(self, server: Server, client: str) -> Connection:
        connection = Connection(server.path)
        connection("SUBSCRIBE", "dc:mailbox:" + client)
        return connection

    def wait_ms(self, milliseconds: int) -> None:
        time.sleep(milliseconds / 1000 + 0.003)


def handed(message: bytes):
    """Number of the waiter, number of the claim, ids and records of a grant."""
    number, kind, _, _, claim, rest = message.split(b" ", 5)
    assert kind == b"J", message
    ids, records = [], []
    while rest:
        id_length, length = struct.unpack_from("<BI", rest)
        ids.append(rest[5:5 + id_length].decode())
        records.append(rest[5 + id_length:5 + id_length + length])
        rest = rest[5 + id_length + length:]
    return int(number), int(claim), ids, records


def play(tests, wanted) -> int:
    """Runs tests that take a queue and a server, and prints `N passed, N failed`."""
    passed = failed = 0
    server = Server()
    try:
        for name, test in tests:
            if wanted and not any(part in name for part in wanted):
                continue
            try:
                test(Queue(server), server)
                passed += 1
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAIL {name}")
                traceback.print_exc()
    finally:
        server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
