"""Faults of the server that there must not be, made by hand: a checker that does not find them finds nothing."""

from __future__ import annotations

import threading
from typing import Optional

from history.observer import Redis

BASE = "dc:{accounting:queue:order}:"
TIMES = 3

# A claimed job vanishes.
LOSE = """
local id = redis.call('ZRANGE', KEYS[1] .. 'a', 0, 0)[1]
if not id then return '' end
redis.call('ZREM', KEYS[1] .. 'a', id)
redis.call('HDEL', KEYS[1] .. 'x', id)
redis.call('HDEL', KEYS[1] .. 'j', id)
return id"""

# A job that has ended runs once more, as if its end had been forgotten. Its id is its name.
RUN_AGAIN = """
local id = redis.call('ZRANGE', KEYS[1] .. 'e', -1, -1)[1]
if not id or not string.find(id, '.', 1, true) or redis.call('HEXISTS', KEYS[1] .. 'j', id) == 1 then return '' end
redis.call('HDEL', KEYS[1] .. 'o', id)
redis.call('ZREM', KEYS[1] .. 'e', id)
redis.call('HSET', KEYS[1] .. 'j', id, struct.pack('<I6BBB', 1, 0, 1, 4) .. id .. ' o 0')
redis.call('RPUSH', KEYS[1] .. 'r:0', id)
redis.call('ZADD', KEYS[1] .. 'p', 0, '0')
return id"""

# An attempt of a waiting job is left out.
SKIP = """
local id = redis.call('LINDEX', KEYS[1] .. 'r:0', -1)
local record = id and redis.call('HGET', KEYS[1] .. 'j', id)
if not record or record == '' then return '' end
redis.call('HSET', KEYS[1] .. 'j', id,
    string.sub(record, 1, 7) .. string.char(string.byte(record, 8) + 1) .. string.sub(record, 9))
return id"""

# What is done, how, and the promises of which one must be found broken.
SEEDED: list[tuple[str, str, tuple[str, ...]]] = [
    ("a lost job", LOSE, ("none is lost, all have ended",)),
    ("a completion accepted twice", RUN_AGAIN, ("completed once",)),
    ("a skipped attempt", SKIP, ("attempts are counted",)),
]


class Saboteur:
    """Does harm a few times, as soon as there is a chance."""

    def __init__(self, socket: str, script: str) -> None:
        self.redis, self.script = Redis(socket), script
        self.harmed: set[bytes] = set()
        self.is_ending = threading.Event()
        self.thread: Optional[threading.Thread] = None

    def __enter__(self) -> Saboteur:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_ending.set()
        assert self.thread is not None
        self.thread.join()
        self.redis.close()

    def _run(self) -> None:
        while len(self.harmed) < TIMES and not self.is_ending.wait(0.002):
            try:
                [answer] = self.redis.run(["EVAL", self.script, "1", BASE])
            except (OSError, ValueError):
                continue
            if isinstance(answer, bytes) and answer:
                self.harmed.add(answer)
