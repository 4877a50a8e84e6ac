"""Random histories of read-write locks and semaphores, against a model of what must be true."""

from __future__ import annotations

import random

from permit_tools import granted


class Hold:
    """A hold or a wish for one. `weight` is what counts; `asked` what its member says."""

    def __init__(self, token, weight, owner, fence=0) -> None:
        self.token, self.weight, self.asked, self.owner, self.fence = token, weight, weight, owner, fence


class History:
    """Random operations of some owners on one name; every answer is checked against a simple model."""

    def __init__(self, permits, server, limit, seed) -> None:
        self.permits, self.limit, self.dice = permits, limit, random.Random(seed)
        self.mailbox = permits.listener(server, "a")
        permits.limit = limit or ""
        self.holds: list[Hold] = []
        self.line: list[Hold] = []
        self.last_fence = 0

    def admits(self, wish: Hold) -> bool:
        weights = [hold.weight for hold in self.holds]
        is_inside = any(hold.owner == wish.owner for hold in self.holds)
        if wish.weight == "r":
            return "w" not in weights or is_inside
        if wish.weight == "w":
            return not weights or "w" in weights and is_inside
        return sum(weights) + wish.weight <= self.limit

    def hold(self, wish: Hold, fence: int) -> None:
        assert fence > self.last_fence
        wish.fence = self.last_fence = fence
        self.holds.append(wish)

    def hear(self) -> None:
        """Those at the front must have been granted, as far into the line as there is room."""
        while self.line and self.admits(self.line[0]):
            wish = self.line.pop(0)
            number, fence = granted(self.mailbox.message(1))
            assert f"a:{number}" == wish.token
            self.hold(wish, fence)

    def acquire(self, step: int) -> None:
        weight = self.dice.randint(1, self.limit) if self.limit else self.dice.choice("rrrw")
        wish = Hold(f"a:{step}", weight, "" if self.limit else f"o{self.dice.randrange(5)}")
        is_try = self.dice.random() < 0.4
        reply = self.permits.acquire(wish.token, weight, wish.owner, 60000, "try" if is_try else 0)
        is_inside = wish.owner and any(hold.owner == wish.owner for hold in self.holds)
        if weight == "w" and is_inside and all(hold.weight == "r" for hold in self.holds):
            assert reply == -1, reply
        elif self.admits(wish) and (not self.line or is_inside):
            self.hold(wish, reply)
        elif is_try:
            assert reply[:3] == [0, 0, 0], reply
        else:
            assert reply[0] == 0 and reply[2] == len(self.line), reply
            self.line.append(wish)

    def release(self, hold: Hold) -> None:
        assert self.permits.release(hold.token, hold.fence, hold.asked, hold.owner) == 1
        self.holds.remove(hold)
        self.hear()

    def withdraw(self, wish: Hold) -> None:
        assert self.permits.withdraw(wish.token, wish.weight, wish.owner) == [0]
        self.line.remove(wish)
        self.hear()

    def downgrade(self, hold: Hold) -> None:
        writers = sum(other.weight == "w" for other in self.holds)
        is_refused = hold.weight == "w" and writers > 1
        assert self.permits.downgrade(hold.token, hold.fence, hold.owner) == (-3 if is_refused else 1)
        if not is_refused:
            hold.weight = "r"
            self.hear()

    def play(self, steps: int) -> None:
        for step in range(steps):
            action = self.dice.random()
            if action < 0.5:
                self.acquire(step)
            elif action < 0.8 and self.holds:
                self.release(self.dice.choice(self.holds))
            elif action < 0.9 and self.line:
                self.withdraw(self.dice.choice(self.line))
            elif self.holds and not self.limit:
                writers = [hold for hold in self.holds if hold.asked == "w"]
                if writers:
                    self.downgrade(self.dice.choice(writers))
            writers = sum(hold.weight == "w" for hold in self.holds)
            used = sum(hold.weight for hold in self.holds) if self.limit else len(self.holds) - writers
            stands = self.permits.stands()
            assert stands[:2] == (used, writers) and stands[3] == len(self.line), stands
        while self.holds:
            self.release(self.holds[0])
        assert self.mailbox.message(0.02) is None and self.permits.is_clean()


def test_random_histories_of_read_write_locks(permits, server):
    for seed in range(10):
        permits.redis("FLUSHALL")
        History(permits, server, None, seed).play(400)


def test_random_histories_of_semaphores(permits, server):
    for seed in range(10):
        permits.redis("FLUSHALL")
        History(permits, server, 6, 100 + seed).play(400)
