"""The scripts of read-write locks and semaphores, as the library calls them, for tests of their contracts."""

from __future__ import annotations

import time

from scripting import Connection, Server, assemble

KEY = "dc:{test:rwlock:x}"


class Permits:
    """The scripts on one name, with the arguments that the library would send."""

    def __init__(self, server: Server) -> None:
        self.redis = Connection(server.path)
        self.redis("FLUSHALL")
        self.redis("CONFIG", "SET", "maxmemory", "0")
        self.digests: dict[str, bytes] = {}
        self.limit = ""
        self.listeners: list[Connection] = []

    def run(self, name: str, *arguments):
        if name not in self.digests:
            self.digests[name] = self.redis("SCRIPT", "LOAD", assemble("permits_" + name))
        return self.redis("EVALSHA", self.digests[name], 1, KEY, *arguments)

    @staticmethod
    def member(token: str, weight, owner: str) -> str:
        return f"{token};{weight}{';' + owner if owner else ''} me@host:1\n10000 1"

    def acquire(self, token: str, weight="r", owner=None, lease=10000, arrival="try"):
        owner = self.owner(token, weight, owner)
        return self.run("acquire", self.member(token, weight, owner), weight, owner, lease, arrival, self.limit)

    def release(self, token: str, fence, weight="r", owner=None):
        owner = self.owner(token, weight, owner)
        return self.run("release", self.member(token, weight, owner), owner, fence)

    def extend(self, token: str, fence, lease, weight="r", owner=None):
        return self.run("extend", self.member(token, weight, self.owner(token, weight, owner)), fence, lease)

    def withdraw(self, token: str, weight="r", owner=None, gives_back=True):
        owner = self.owner(token, weight, owner)
        return self.run("withdraw", self.member(token, weight, owner), owner, "1" if gives_back else "0")

    def downgrade(self, token: str, fence, owner=None):
        owner = self.owner(token, "w", owner)
        return self.run("downgrade", self.member(token, "w", owner), owner, fence)

    def wait(self, token: str, weight="r", owner=None, lease=10000):
        """Stands in line; the number on arrival."""
        reply = self.acquire(token, weight, owner, lease, arrival=0)
        assert isinstance(reply, list) and reply[0] == 0, reply
        return int(reply[1])

    def stands(self):
        """In use or reading, writing, permits, in line."""
        return tuple(self.run("inspect"))

    @staticmethod
    def owner(token: str, weight, owner) -> str:
        return (f"t{token}" if owner is None else owner) if weight in ("r", "w") else ""

    def listener(self, server: Server, client: str) -> Connection:
        connection = Connection(server.path)
        connection("SUBSCRIBE", "dc:mailbox:" + client)
        self.listeners.append(connection)
        return connection

    def is_clean(self) -> bool:
        """Whether nothing is left of holders and waiters."""
        fields = self.redis("HKEYS", KEY)
        return (not [field for field in fields if len(field) > 1] and self.redis("EXISTS", KEY + ":line") == 0
                and self.redis("ZRANGE", KEY + ":held", 0, -1) in ([], [b""]))


def is_fence(reply) -> bool:
    return isinstance(reply, int) and reply > 10 ** 15


def granted(message):
    """Number of the waiter and fence of a grant."""
    assert message, "no message came"
    number, kind, fence, _, lease = message.split()
    assert kind == b"G" and lease == b"1000", message
    return int(number), int(fence)


def until_over(milliseconds: int) -> None:
    time.sleep(milliseconds / 1000 + 0.003)
