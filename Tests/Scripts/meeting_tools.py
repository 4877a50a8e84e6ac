"""The scripts of barriers, latches, events, double barriers and groups, as the library calls them."""

from __future__ import annotations

import itertools
import sys
import time
import traceback

from scripting import Connection, Server, assemble

BARRIER = [f"dc:{{test:barrier:x}}:{part}" for part in "spra"]
LATCH, EVENT = "dc:{test:latch:x}", "dc:{test:event:x}"
DOUBLE, GROUP = "dc:{test:double:x}", "dc:{test:group:x}"


class Meeting:
    """The scripts, with the arguments that the library would send, on an empty server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.redis = Connection(server.path)
        self.redis("FLUSHALL")
        self.redis("CONFIG", "SET", "maxmemory", "0")
        self.digests: dict[str, bytes] = {}
        self.numbers = itertools.count(1)

    def run(self, name: str, keys, *arguments):
        keys = [keys] if isinstance(keys, str) else keys
        if name not in self.digests:
            self.digests[name] = self.redis("SCRIPT", "LOAD", assemble(name))
        return self.redis("EVALSHA", self.digests[name], len(keys), *keys, *arguments)

    def once(self, name: str, keys, *arguments, number=None):
        """A call on a lane; a number that was used before is a call that is sent again."""
        keys = [keys] if isinstance(keys, str) else keys
        lane = keys[0] + ":o:client.1"
        return self.run(name, [*keys, lane], *arguments, next(self.numbers) if number is None else number)

    def mailbox(self, *clients: str) -> "Mailbox":
        return Mailbox(self.server, *clients)

    # Barriers

    def arrive(self, token, parties=2, known=-1, acts=False):
        return self.run("barrier_arrive", [*BARRIER, self.lane(token)], token, parties, known, int(acts), 1)

    def give_up(self, token, known=-1):
        return self.run("barrier_leave", [*BARRIER, self.lane(token)], token, known, 1)

    @staticmethod
    def lane(token):
        """Every party has a lane of its own: its first call is known when it is sent again."""
        return BARRIER[0] + ":o:" + token

    def finish(self, token, is_done=True):
        return self.run("barrier_finish", BARRIER, token, int(is_done))

    def shape(self):
        """Waiting, generation, broken."""
        return tuple(self.run("barrier_inspect", BARRIER))

    # Latches and events

    def latch(self, token="", count=0, known=-1, gives_up=False):
        return self.run("latch_wait", LATCH, token, count, known, int(gives_up))

    def count_down(self, by=1, count=0, number=None):
        return self.once("latch_count_down", LATCH, by, count, number=number)

    def reset_latch(self, count, number=None):
        return self.once("latch_reset", LATCH, count, number=number)

    def event(self, token="", known=-1, gives_up=False):
        return self.run("event_wait", EVENT, token, known, int(gives_up))

    def set_event(self, flag, number=None):
        return self.once("event_change", EVENT, int(flag), number=number)

    # Double barriers

    def enter(self, party, parties=2, lease=60000, shrinks=False):
        return self.run("double_enter", DOUBLE, party, lease, parties, int(shrinks))

    def wait(self, what, party, token, known=-1, gives_up=False):
        return self.run("double_wait", DOUBLE, what, party, token, known, int(gives_up))

    def leave(self, party, number):
        return self.run("double_leave", DOUBLE, party, number)

    def renew(self, party, number, lease=60000):
        return self.run("double_renew", DOUBLE, party, number, lease)

    def round(self, parties=2):
        """Inside, left, parties, round."""
        return tuple(self.run("double_inspect", DOUBLE, parties))

    # Groups

    def join(self, token, member="a", value="one", lease=60000, handle=1):
        return self.run("members_join", GROUP, token, handle, member, lease, "label", value)

    def depart(self, token, fence, member="a", handle=1):
        return self.run("members_leave", GROUP, token, handle, member, fence)

    def announce(self, token, fence, value, member="a", handle=1):
        return self.run("members_announce", GROUP, token, handle, member, fence, value)

    def members(self):
        """Ids and values."""
        answer = self.run("members_list", GROUP)
        return {answer[i].decode(): answer[i + 1].split(b"\n")[4].decode() for i in range(1, len(answer), 3)}


class Mailbox:
    """What clients are told."""

    def __init__(self, server: Server, *clients: str) -> None:
        self.connection = Connection(server.path)
        for client in clients:
            self.connection("SUBSCRIBE", client if client.startswith("dc:") else "dc:mailbox:" + client)

    def next(self, seconds=0.5):
        """The next message as text; None when none comes."""
        message = self.connection.message(seconds)
        return None if message is None else message.decode()

    def all(self, count):
        """So many messages, and no more."""
        messages = [self.next(2) for _ in range(count)]
        extra = self.next(0.02)
        assert extra is None, (messages, extra)
        return messages


def until_over(milliseconds: int) -> None:
    time.sleep(milliseconds / 1000 + 0.003)


def main(tests: dict, words: list[str]) -> int:
    """Runs the functions whose names begin with `test_`, all or those with one of the words in their names."""
    server = Server()
    passed = failed = 0
    try:
        for name, test in tests.items():
            if not name.startswith("test_") or words and not any(word in name for word in words):
                continue
            try:
                test(Meeting(server))
                passed += 1
            except Exception:
                failed += 1
                print(f"FAIL {name}")
                traceback.print_exc(file=sys.stdout)
    finally:
        server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
