"""The scripts of shared state, as the library calls them, for tests of their contracts."""

from __future__ import annotations

from typing import NamedTuple, Optional

from scripting import Connection, Server, assemble

BASE = "dc:{test:state:x}"
HOUR = 3600000


class Entry(NamedTuple):
    """What a reading script answers of one key. `letter` is '' for a key that was never there."""

    key: str
    version: int
    letter: str
    value: bytes
    lives: int
    number: int

    @property
    def is_there(self) -> bool:
        return self.letter.lower() in ("v", "l")


class Told(NamedTuple):
    """An announcement."""

    version: int
    what: str
    expires: int
    key: str
    content: bytes


class State:
    """The scripts on one scope, with the arguments that the library would send."""

    def __init__(self, server: Server) -> None:
        self.redis = Connection(server.path)
        self.redis("FLUSHALL")
        self.redis("CONFIG", "SET", "maxmemory", "0")
        self.digests: dict[str, bytes] = {}
        self.number = 0
        self.listeners: list[Connection] = []

    def run(self, name: str, keys, *arguments):
        if name not in self.digests:
            self.digests[name] = self.redis("SCRIPT", "LOAD", assemble("state_" + name))
        return self.redis("EVALSHA", self.digests[name], len(keys), *keys, *arguments)

    def change(self, name: str, *arguments, number: Optional[int] = None, lane: str = "a.1") -> str:
        """A call that counts once; `number` is that of an earlier one to send it again."""
        if number is None:
            self.number += 1
            number = self.number
        return self.run(name, [BASE, f"{BASE}:o:{lane}"], number, *arguments).decode()

    def set(self, key: str, value, ttl: int = 0, version="", **again):
        """The new version, or ("C", the present one)."""
        if not ttl and version == "":
            return self.put((key, value), **again)[0]
        reply = self.change("set", key, ttl, version, value, **again)
        return ("C", int(reply[1:])) if reply[:1] == "C" else int(reply)

    def put(self, *pairs, **again) -> list[int]:
        """The new versions of values that stay."""
        versions = self.change("put", *(word for pair in pairs for word in pair), **again).split()
        return [int(version) for version in versions] * (len(pairs) if len(versions) == 1 else 1)

    def add(self, key: str, delta: int, ttl: int = -1, **again):
        reply = self.change("add", key, ttl, delta, **again)
        return reply if reply in ("N", "O") else int(reply)

    def append(self, key: str, item, limit: int = 0, ttl: int = -1, **again):
        reply = self.change("append", key, ttl, limit, item, **again)
        return reply if reply == "C" else int(reply)

    def delete(self, key: str, version: int = 0, **again) -> str:
        return self.change("delete", key, version, **again)

    def expire(self, key: str, ttl: int, **again) -> str:
        return self.change("expire", key, ttl, **again)

    def clear(self, prefix: str = "", after: str = "", limit: int = 200, **again):
        """How many were deleted, and where to go on."""
        count, _, cursor = self.change("clear", prefix, after, limit, **again).partition(" ")
        return int(count), cursor

    def get(self, key: str, most: int = 65536) -> Entry:
        return self.entries(self.run("read", [BASE], most, key))[0]

    def page(self, prefix: str = "", after: str = "", limit: int = 1000):
        """Entries of one page, and the cursor."""
        reply = self.run("list", [BASE], prefix, after, limit)
        return self.entries(reply), reply[0].decode()

    def list(self, prefix: str = "", limit: int = 1000) -> list[Entry]:
        entries, cursor = self.page(prefix, "", limit)
        while cursor:
            more, cursor = self.page(prefix, cursor, limit)
            entries += more
        return entries

    def items(self, key: str, first: int = 0, count: int = 10000, room: int = 1 << 20, partly: int = 0):
        """Kind, whether the items are too many bytes, and the items."""
        reply = self.run("items", [BASE], key, first, count, room, partly)
        return reply[0][16:].decode(), reply[2], reply[3:]

    @staticmethod
    def entries(reply) -> list[Entry]:
        return [Entry(reply[at].decode(), int(reply[at + 1][:16] or 0), reply[at + 1][16:17].decode(),
                      reply[at + 1][17:], reply[at + 2], reply[at + 3]) for at in range(2, len(reply), 4)]

    def listener(self, server: Server, key: Optional[str] = None) -> Connection:
        connection = Connection(server.path)
        for channel in ("w?", f"w:{key}") if key else ("w",):
            connection("SUBSCRIBE", f"{BASE}:{channel}")
        self.listeners.append(connection)
        return connection

    def names(self) -> list[str]:
        return [name.decode() for name in self.redis("ZRANGE", BASE + ":k", 0, -1)]

    def ends(self) -> list[str]:
        return [name.decode() for name in self.redis("ZRANGE", BASE + ":t", 0, -1)]


def told(listener: Connection, seconds: float = 1) -> Optional[Told]:
    """The next announcement."""
    message = listener.message(seconds)
    if message is None:
        return None
    head, _, content = message.partition(b"\n")
    expires, _, key = head[17:].partition(b" ")
    return Told(int(head[:16]), head[16:17].decode(), int(expires), key.decode(), content)
