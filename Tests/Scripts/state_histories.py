"""Random histories of shared state against a model: values, lists, counters, versions, expiry, announcements."""

from __future__ import annotations

import random

from state_tools import BASE, HOUR, told

BITS = 2 ** 63


class History:
    """Random calls on a few keys, some of them sent again later; answers, contents and announcements are checked."""

    def __init__(self, state, server, seed: int) -> None:
        self.state, self.dice = state, random.Random(seed)
        self.listener = state.listener(server)
        # By key: version, a value as bytes or a list of items, whether it expires.
        self.model: dict[str, tuple] = {}
        # The greatest version that a key has had.
        self.versions: dict[str, int] = {}
        # By lane: a call and what it was answered.
        self.sent: dict[str, tuple] = {}
        self.number = 0

    def call(self, name: str, *arguments):
        self.number += 1
        lane = self.dice.choice(("a.1", "a.2", "b.1"))
        answer = getattr(self.state, name)(*arguments, number=self.number, lane=lane)
        self.sent[lane] = (name, arguments, self.number, answer)
        return answer

    def send_again(self) -> None:
        if self.sent:
            lane = self.dice.choice(list(self.sent))
            name, arguments, number, answer = self.sent[lane]
            assert getattr(self.state, name)(*arguments, number=number, lane=lane) == answer

    def write(self, key: str, content, ttl: int) -> None:
        """Something was written: its version grew, and it was told."""
        before = self.model.get(key)
        expires = bool(before and before[2]) if ttl == -1 else ttl > 0
        entry = self.state.get(key)
        assert entry.version > self.versions.get(key, 0) and entry.is_there, entry
        what = "l" if isinstance(content, list) else "v" if len(content) <= 2048 else "b"
        message = told(self.listener)
        assert message[:2] + message[3:4] == (entry.version, what, key), message
        assert (message.expires > 0) == expires, message
        self.model[key] = (entry.version, content, expires)
        self.versions[key] = entry.version

    def gone(self, key: str) -> None:
        message = told(self.listener)
        assert message.what == "x" and message.key == key and message.version > self.versions[key], message
        self.versions[key] = message.version
        del self.model[key]

    def set(self, key: str) -> None:
        value = self.dice.choice((b"", b"x", b"17", str(BITS - 5).encode(), bytes(range(256)), b"big" * 1000))
        present = self.model.get(key, (0,))[0]
        version = self.dice.choice(("", "", 0, present, present + 1))
        ttl = self.dice.choice((0, 0, -1, HOUR))
        answer = self.call("set", key, value, ttl, version)
        if version in ("", present):
            self.write(key, value, ttl)
            assert answer == self.versions[key]
        else:
            assert answer == ("C", present)

    def add(self, key: str) -> None:
        delta = self.dice.choice((0, 1, -1, 2 ** 53, -(2 ** 53) - 1, 2 ** 62, -BITS, self.dice.randrange(-100, 100)))
        ttl = self.dice.choice((0, -1, HOUR))
        present = self.model.get(key, (0, b"0"))[1]
        number = int(present) if present in (b"17",) or isinstance(present, bytes) and is_number(present) else None
        answer = self.call("add", key, delta, ttl)
        if number is None:
            assert answer == "N"
        elif not -BITS <= number + delta < BITS:
            assert answer == "O"
        else:
            assert answer == number + delta, (number, delta, answer)
            if delta:
                self.write(key, str(answer).encode(), ttl)

    def append(self, key: str) -> None:
        limit, ttl = self.dice.choice((0, 0, 3, 1)), self.dice.choice((0, -1, HOUR))
        items = self.model.get(key, (0, []))[1]
        item = str(self.number).encode()
        answer = self.call("append", key, item, limit, ttl)
        if not isinstance(items, list):
            assert answer == "C"
            return
        items = (items + [item])[-limit:]
        assert answer == len(items)
        self.write(key, items, ttl)

    def delete(self, key: str) -> None:
        present = self.model.get(key, (0,))[0]
        version = self.dice.choice((0, 0, present, 1))
        answer = self.call("delete", key, version)
        assert answer == ("N" if not present else "D" if version in (0, present) else "C")
        if answer == "D":
            self.gone(key)

    def expire(self, key: str) -> None:
        ttl = self.dice.choice((0, HOUR))
        answer = self.call("expire", key, ttl)
        assert answer == ("D" if key in self.model else "N")
        if answer == "D":
            message = told(self.listener)
            assert message[:2] == (self.model[key][0], "e") and (message.expires > 0) == (ttl > 0)
            self.model[key] = self.model[key][:2] + (ttl > 0,)

    def clear(self) -> None:
        prefix = self.dice.choice(("a", "b", ""))
        doomed = sorted(key for key in self.model if key.startswith(prefix))
        assert self.call("clear", prefix) == (len(doomed), "")
        for key in doomed:
            self.gone(key)

    def run_out(self, key: str) -> None:
        """As if its time had come."""
        if self.model.get(key, (0, 0, False))[2]:
            self.state.redis("DEL", BASE + ":v:" + key, BASE + ":l:" + key)
            self.state.redis("ZADD", BASE + ":t", 1, key)
            del self.model[key]

    def check(self) -> None:
        entries = self.state.list(limit=3)
        assert [entry.key for entry in entries] == sorted(self.model)
        for entry in entries:
            version, content, expires = self.model[entry.key]
            assert entry.version == version and (entry.lives >= 0) == expires, entry
            if isinstance(content, list):
                assert self.state.items(entry.key)[2] == content and entry.number == len(content)
            else:
                assert entry.value == content
        assert self.state.names() == sorted(self.model)
        assert sorted(self.state.ends()) == sorted(key for key in self.model if self.model[key][2])
        lasts = self.state.redis("PTTL", BASE + ":k")
        assert lasts == -2 if not self.model else (lasts >= 0) == all(entry[2] for entry in self.model.values())

    def play(self, steps: int) -> None:
        for step in range(steps):
            key = self.dice.choice(("a", "a1", "b", "b2"))
            actions = (self.set, self.set, self.add, self.append, self.delete, self.expire, self.run_out)
            self.dice.choice(actions)(key)
            if self.dice.random() < 0.2:
                self.send_again()
            if self.dice.random() < 0.02:
                self.clear()
            if step % 5 == 0:
                self.check()
        assert self.listener.message(0.02) is None


def is_number(text: bytes) -> bool:
    try:
        number = int(text)
    except ValueError:
        return False
    return -BITS <= number < BITS and str(number).encode() == text


def test_random_histories(state, server):
    for seed in range(8):
        state.redis("FLUSHALL")
        History(state, server, seed).play(300)
