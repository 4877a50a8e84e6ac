"""Random operations on one queue, against a model that knows nothing of keys and lists on the server."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from typing import Optional

from queue_tools import BASE, Queue, Tied

FAR = 3_600_000  # a delay that does not end by itself
COMPLETED, DEAD, CANCELLED, SKIPPED = range(4)
PROFILES = ["linux", "gpu,linux", "big,gpu,linux", "linux @ann", "gpu,linux @bob", "linux @eve *"]


class Job:
    """What the model knows of one job."""

    def __init__(self, tied: Tied, attempts: int) -> None:
        self.id, self.ties, self.priority, self.attempts = tied.id, tied.ties, tied.priority, attempts
        self.attempt = 1
        self.where = ""  # place, delayed, blocked, heir, parked, active, dead, ended
        self.waits_for = 0
        self.is_far = False  # delayed once it waits for nothing else
        self.end: Optional[int] = None
        self.claim = 0
        self.is_asked = False

    @property
    def place(self) -> str:
        if "W" in self.ties:
            return "w" + self.ties["W"]
        return "c" + self.ties["C"] if "C" in self.ties else ""


class Model:
    """The queue as it should be."""

    def __init__(self, key_limit: int) -> None:
        self.key_limit = key_limit
        self.jobs: dict[str, Job] = {}
        self.lists: dict[tuple[str, int], deque[Job]] = defaultdict(deque)
        self.parked: dict[tuple[str, int], deque[Job]] = defaultdict(deque)
        self.inside: Counter[str] = Counter()
        self.unique: dict[str, Job] = {}
        self.heirs: dict[str, Job] = {}
        self.followers: dict[str, deque[Job]] = defaultdict(deque)
        self.ended: deque[Job] = deque()
        self.batches: dict[str, Counter[str]] = defaultdict(Counter)
        self.tally: Counter[str] = Counter()

    # ------------------------------------------------------------ coming in

    def push(self, tied: Tied, attempts: int) -> str:
        """The digit of the answer, with the holder of the key after a 2."""
        if tied.id in self.jobs:
            return "0"
        if any(other not in self.jobs for other in tied.after):
            return "3"
        if self.batches[tied.ties.get("B", "")]["sealed"]:
            return "4"
        job = Job(tied, attempts)
        job.is_far = bool(tied.delay)
        key, holder = tied.ties.get("U"), None
        if key:
            holder = self.unique.get(key)
            if holder and tied.mode != "p":
                return f"2 {holder.id}"
        self.jobs[job.id] = job
        if "B" in tied.ties:
            self.batches[tied.ties["B"]]["t"] += 1
        if key and holder:
            if old := self.heirs.pop(key, None):
                self.cancel(old)
            if holder.where == "active":
                self.heirs[key] = job
                job.where = "heir"
            else:
                self.cancel(holder)
                self.unique[key] = job
        elif key:
            self.unique[key] = job
        pending = [other for other in tied.after if self.jobs[other].end is None]
        bad = [other for other in tied.after if self.jobs[other].end not in (None, COMPLETED)]
        if bad and tied.ties.get("D") != "r":
            self.finish(job, SKIPPED if tied.ties.get("D") == "s" else DEAD)
        elif pending:
            job.where, job.waits_for = "blocked", len(pending)
            for other in pending:
                self.followers[other].append(job)
        elif job.where != "heir":
            self.enter(job)
        self.settle()
        return "1"

    def enter(self, job: Job) -> None:
        if job.is_far:
            job.where, job.is_far = "delayed", False
            return
        key = job.ties.get("K")
        if key and self.inside[key] >= self.key_limit:
            job.where = "parked"
            self.parked[key, job.priority].append(job)
            return
        if key:
            self.inside[key] += 1
        job.where = "place"
        self.lists[job.place, job.priority].append(job)

    def leave(self, job: Job) -> None:
        """Has left the room under its key; lets the next ones in."""
        key = job.ties.get("K")
        if not key:
            return
        self.inside[key] -= 1
        while self.inside[key] < self.key_limit:
            lines = [priority for (name, priority), line in self.parked.items() if name == key and line]
            if not lines:
                return
            self.enter(self.parked[key, max(lines)].popleft())

    # ------------------------------------------------------------ going out

    def candidates(self, profile: str) -> set[str]:
        """Ids of which the next claim must get one."""
        names, _, rest = profile.partition(" ")
        own = rest.split()[0][1:] if rest else ""
        mine = [(priority, line) for (place, priority), line in self.lists.items()
                if own and place == "w" + own and line]
        if mine:
            return {max(mine, key=lambda pair: pair[0])[1][0].id}
        has = set(names.split(","))
        open_ = [(priority, line) for (place, priority), line in self.lists.items()
                 if line and not place.startswith("w") and set(place[1:].split(",") if place else []) <= has]
        if open_:
            best = max(priority for priority, _ in open_)
            return {line[0].id for priority, line in open_ if priority == best}
        if "*" not in rest:
            return set()
        return {line[-1].id for (place, _), line in self.lists.items() if place.startswith("w") and line}

    def claim(self, id: str, number: int) -> None:
        job = self.jobs[id]
        self.lists[job.place, job.priority].remove(job)
        job.where, job.claim = "active", number

    def complete(self, job: Job) -> None:
        self.finish(job, COMPLETED)
        self.settle()

    def fail(self, job: Job, retry: bool, is_far: bool) -> None:
        self.tally["failed"] += 1
        if job.is_asked:
            self.finish(job, CANCELLED)
        elif not retry or job.attempt >= job.attempts:
            self.finish(job, DEAD)
        else:
            job.attempt += 1
            self.again(job, is_far)
        self.settle()

    def release(self, job: Job, is_late: bool, is_far: bool) -> None:
        if job.is_asked:
            self.finish(job, CANCELLED)
        elif is_late:
            self.again(job, is_far)
        else:
            job.where = "place"
            self.lists[job.place, job.priority].appendleft(job)
        self.settle()

    def again(self, job: Job, is_far: bool) -> None:
        self.leave(job)
        job.is_far = is_far
        self.enter(job)

    def cancel(self, job: Job) -> None:
        """One that is not claimed."""
        for lines in (self.lists, self.parked):
            for line in lines.values():
                if job in line:
                    line.remove(job)
        self.finish(job, CANCELLED)
        self.settle()

    def retry(self, job: Job) -> str:
        """Of a dead one: 1, or -2 when its key is taken."""
        key = job.ties.get("U")
        if key and key in self.unique:
            return "-2"
        if key:
            self.unique[key] = job
        if "B" in job.ties:
            self.batches[job.ties["B"]]["f"] -= 1
        job.end, job.attempt, job.is_asked, job.is_far = None, 1, False, False
        self.enter(job)
        return "1"

    def finish(self, job: Job, state: int) -> None:
        was_inside = job.where in ("active", "place")
        job.where, job.end = "dead" if state == DEAD else "ended", state
        if state != DEAD:
            self.tally["completed" if state == COMPLETED else "cancelled"] += 1
        if was_inside:
            self.leave(job)
        if "B" in job.ties:
            self.batches[job.ties["B"]]["cfxx"[state]] += 1
        key = job.ties.get("U")
        if key and self.heirs.get(key) is job:
            del self.heirs[key]
        if key and self.unique.get(key) is job:
            del self.unique[key]
            if heir := self.heirs.pop(key, None):
                self.unique[key] = heir
                self.enter(heir)
        self.ended.append(job)

    def settle(self) -> None:
        """What the ends of jobs mean for those that wait for them."""
        while self.ended:
            job = self.ended.popleft()
            for follower in self.followers.pop(job.id, ()):
                if follower.where != "blocked":
                    continue
                if job.end != COMPLETED and follower.ties.get("D") != "r":
                    self.finish(follower, SKIPPED if follower.ties.get("D") == "s" else DEAD)
                else:
                    follower.waits_for -= 1
                    if follower.waits_for == 0:
                        self.enter(follower)

    def counts(self) -> dict[str, int]:
        places = Counter(job.where for job in self.jobs.values())
        found = {
            "waiting": places["place"], "delayed": places["delayed"], "active": places["active"],
            "dead": places["dead"], "completed": self.tally["completed"], "failed": self.tally["failed"],
            "blocked": places["blocked"] + places["heir"] + places["parked"], "cancelled": self.tally["cancelled"]}
        return {name: count for name, count in found.items() if count}


class History:
    """Draws operations, does them on both sides, and compares."""

    def __init__(self, queue: Queue, seed: int) -> None:
        self.queue, self.dice = queue, random.Random(seed)
        self.limit = self.dice.randint(1, 3)
        self.model = Model(self.limit)
        self.number = 0
        queue.run("queue_set", "keys", self.limit)
        # The owners of queues live: theirs is stolen only by those who steal.
        for profile in PROFILES[3:]:
            queue.claim(profile=profile)

    def chance(self, percent: int) -> bool:
        return self.dice.randrange(100) < percent

    def some(self, *places: str) -> Optional[Job]:
        found = [job for job in self.model.jobs.values() if job.where in places]
        return self.dice.choice(found) if found else None

    def wish(self) -> Tied:
        self.number += 1
        ties, mode, after = {}, "", ()
        if self.chance(30):
            ties["K"] = self.dice.choice("kl")
        if self.chance(25):
            ties["C"] = self.dice.choice(["gpu", "big,gpu", "linux"])
        elif "K" not in ties and self.chance(20):
            ties["W"] = self.dice.choice(["ann", "bob"])
        if self.chance(25):
            ties["U"], mode = self.dice.choice("uv"), self.dice.choice("rrpp")
        if self.chance(20):
            ties["B"] = self.dice.choice("bc")
        known = list(self.model.jobs)[-12:]
        if known and mode != "p" and self.chance(30):
            after = tuple(self.dice.sample(known, min(len(known), self.dice.randint(1, 3))))
            ties["D"] = self.dice.choice("fsr")
        if self.chance(3):
            after = ("unknown",)
        id = self.dice.choice(known) if known and self.chance(3) else f"j{self.number}"
        return Tied(id, ties, mode, after, self.dice.choice([0, 0, 0, 5, -5]), FAR if self.chance(10) else 0)

    # ------------------------------------------------------------ operations

    def push(self) -> None:
        wishes, attempts = [self.wish() for _ in range(self.dice.choice([1, 1, 1, 4]))], self.dice.randint(1, 3)
        answer = self.queue.push_tied(*wishes, attempts=attempts)
        wanted = [self.model.push(wish, attempts) for wish in wishes]
        assert answer == wanted, (wishes, answer, wanted)

    def claim(self) -> None:
        profile = self.dice.choice(PROFILES)
        wanted = self.model.candidates(profile)
        reply = self.queue.claim(profile=profile)
        if not wanted:
            assert int(reply[0]) == 0, (profile, reply)
            return
        id = reply[1].decode() if int(reply[0]) else None
        assert id in wanted, (profile, id, wanted)
        assert reply[2][7] == self.model.jobs[id].attempt, (reply, self.model.jobs[id].attempt)
        self.model.claim(id, int(reply[0]))

    def settle(self) -> None:
        job = self.some("active")
        if job is None:
            return
        how = self.dice.choice(["complete", "complete", "fail", "fail", "for good", "release", "later", "cancelled"])
        is_far = self.chance(30)
        if how == "complete":
            assert self.queue.complete((job.id, job.claim), ttl="600000t") == b"1"
            self.model.complete(job)
        elif how == "cancelled":
            assert self.queue.run("queue_cancelled", job.id, job.claim, job.claim, "2", "") == 1
            self.model.finish(job, CANCELLED)
            self.model.settle()
        elif how in ("fail", "for good"):
            assert self.queue.fail(job.id, job.claim, retry=how == "fail", delay=FAR if is_far else 0) == 1
            self.model.fail(job, how == "fail", is_far)
        else:
            delay = "" if how == "release" else FAR if is_far else 0
            assert self.queue.release((job.id, job.claim), delay=delay) == b"1"
            self.model.release(job, how == "later", is_far)

    def cancel(self) -> None:
        job = self.some("place", "delayed", "blocked", "heir", "parked", "active", "dead", "ended")
        if job is None:
            return
        answer = self.queue.run("queue_cancel", job.id, "why not")
        if job.where == "active":
            assert answer == 2
            job.is_asked = True
        elif job.end is not None:
            assert answer == 3
        else:
            assert answer == 1
            self.model.cancel(job)

    def promote(self) -> None:
        if job := self.some("delayed"):
            assert self.queue.run("queue_promote", job.id) == 1
            self.model.enter(job)

    def retry(self) -> None:
        if job := self.some("dead"):
            answer, wanted = self.queue.run("queue_retry", job.id), self.model.retry(job)
            assert (answer if isinstance(answer, int) else answer[0]) == int(wanted), (job.id, answer, wanted)

    def limit_keys(self) -> None:
        """Only more than before: those that are let in stay."""
        self.limit = self.model.key_limit = self.limit + 1
        keys = [key.decode() for key in self.queue.redis("HKEYS", BASE + "q")]
        self.queue.run("queue_set", "keys", self.limit)
        for key in keys:
            self.model.inside[key] += 1
            self.model.leave(Job(Tied("", {"K": key}), 1))

    # ------------------------------------------------------------ playing

    def compare(self) -> None:
        counts, wanted = self.queue.counts(), self.model.counts()
        counts.pop("unserved", None)
        assert counts == wanted, (counts, wanted)
        for (place, priority), line in self.model.lists.items():
            key = f"{BASE}r:{priority}" + (f":{place}" if place else "")
            there = [id.decode() for id in self.queue.redis("LRANGE", key, 0, -1)]
            assert there == [job.id for job in line], (place, priority, there, [job.id for job in line])
        for name, tally in self.model.batches.items():
            if name and tally["t"]:
                told = self.queue.run("queue_batch", name, "0", "", "0")[:4]
                assert [int(value) for value in told] == [tally[key] for key in "tcfx"], (name, told, tally)

    def play(self, steps: int) -> None:
        operations = [self.push] * 8 + [self.claim] * 8 + [self.settle] * 8 + [
            self.cancel, self.promote, self.promote, self.retry]
        for step in range(steps):
            operation = self.dice.choice(operations)
            if step == steps // 2 and self.limit < 3:
                operation = self.limit_keys
            operation()
            self.compare()

    def drain(self) -> None:
        """Completes all there is; then nothing but outcomes and the dead may be left."""
        while open_ := [job for job in self.model.jobs.values() if job.end is None]:
            if job := self.some("active"):
                self.queue.complete((job.id, job.claim), ttl="600000ft")
                self.model.complete(job)
            elif self.some("delayed"):
                self.promote()
            else:
                before = len([job for job in open_ if job.where == "place"])
                for _ in range(200):
                    self.claim()
                    if self.some("active"):
                        break
                assert self.some("active"), (before, [(job.id, job.where) for job in open_])
            self.compare()
        # Who finds a list empty forgets it.
        for profile in PROFILES:
            assert int(self.queue.claim(profile=profile)[0]) == 0
        keys = {key.decode().removeprefix(BASE) for key in self.queue.redis("KEYS", "*")}
        left = {key for key in keys if key not in ("j", "c", "o", "e", "z", "E", "v", "Z") and key[:2] not in ("k:", "B:")}
        assert not left, left
        dead = sum(job.where == "dead" for job in self.model.jobs.values())
        assert self.queue.redis("HLEN", BASE + "j") == dead == self.queue.redis("ZCARD", BASE + "z")
