"""The scripts of one topic and of one channel, with the arguments that the library would send."""

from __future__ import annotations

from typing import NamedTuple, Optional

from scripting import Connection, Server, assemble

TOPIC = "dc:{test:topic:t}"
CHANNEL = "dc:{test:channel:c}"


class Message(NamedTuple):
    """One delivery."""

    id: str
    payload: bytes
    deliveries: int


class Delivered(NamedTuple):
    """An answer of consumer_next."""

    missed: int
    before: int
    again: int
    event: int
    place: int
    messages: list[Message]

    @property
    def payloads(self) -> list[str]:
        return [message.payload.decode() for message in self.messages]


class Topic:
    """One topic on one server, emptied before."""

    def __init__(self, server: Server) -> None:
        self.redis = Connection(server.path)
        self.redis("FLUSHALL")
        self.digests: dict[str, bytes] = {}
        self.calls = 0

    def run(self, name: str, *arguments, lane: Optional[str] = None, number: Optional[int] = None, base: str = TOPIC):
        """With a lane the call counts once: the same number is the same call."""
        if name not in self.digests:
            self.digests[name] = self.redis("SCRIPT", "LOAD", assemble(name))
        keys: list[str] = [base]
        if lane is not None:
            self.calls += 1
            keys.append(f"{TOPIC}:o:{lane}")
            arguments = (self.calls if number is None else number, *arguments)
        return self.redis("EVALSHA", self.digests[name], len(keys), *keys, *arguments)

    def tell(self, payload, number: Optional[int] = None):
        """Publishes on the channel."""
        return self.run("channel_publish", payload, lane="l", number=number, base=CHANNEL + ":n")

    # ------------------------------------------------------------ the topic

    def publish(self, *payloads, keep=0, age=0, interval=60000, upkeep=False, number=None, lane="l") -> str:
        self.calls += 1
        number = self.calls if number is None else number
        return self.run(
            "topic_publish", "~" + lane, number, keep, f"{int(upkeep)} {age} {interval}", *payloads).decode()

    def read(self, start="-", count=100):
        last, entries = self.run("topic_read", start, count)
        return last.decode(), [(id.decode(), fields[1]) for id, fields in entries]

    def groups(self) -> dict[str, tuple[int, int, int]]:
        answer = self.run("topic_inspect")
        return {answer[i].decode(): tuple(answer[i + 1:i + 4]) for i in range(4, len(answer), 4)}

    # ------------------------------------------------------------ consumers

    def join(self, name, token=None, group="g", lease=30000, new=False, age=0):
        return self.run("consumer_join", group, name, token or f"cl:{name}", lease, "1" if new else "0", age)

    def next(self, name, count=10, waiter="", limit=0, known="-", token=None, group="g"):
        answer = self.run("consumer_next", group, name, token or f"cl:{name}", count, waiter, limit, known)
        if answer == -1:
            return None
        missed, before, again, event, place = answer[:5]
        rest = answer[5:]
        messages = [Message(rest[i].decode(), rest[i + 1], rest[i + 2]) for i in range(0, len(rest), 3)]
        return Delivered(missed, before, again, event, place, messages)

    def acknowledge(self, name, *ids, limited=False, number=None, token=None, group="g"):
        return self.run("consumer_acknowledge", group, name, token or f"cl:{name}", "1" if limited else "0", *ids,
                        lane="l", number=number).decode()

    def release(self, name, *ids, delay=0, untaken=False, number=None, token=None, group="g"):
        return self.run("consumer_release", group, name, token or f"cl:{name}", delay, "1" if untaken else "0", *ids,
                        lane="l", number=number).decode()

    def leave(self, name, *untaken, token=None, group="g"):
        return self.run("consumer_leave", group, name, token or f"cl:{name}", *untaken)

    def renew(self, name, lease=30000, token=None, group="g"):
        return self.run("consumer_renew", group, name, token or f"cl:{name}", lease)

    def end_lease(self, name, group="g") -> None:
        """As if its time were over."""
        self.redis("ZADD", f"{TOPIC}:l:{group}", "XX", 1, name)

    def left(self, part: str) -> int:
        return self.redis("PTTL", f"{TOPIC}:{part}")


def listener(server: Server, channel: str) -> Connection:
    connection = Connection(server.path)
    connection("SUBSCRIBE", channel)
    return connection
