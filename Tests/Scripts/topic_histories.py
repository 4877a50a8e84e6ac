"""Random operations on one topic and one group, against a model that knows nothing of keys on the server."""

from __future__ import annotations

import random

from topic_tools import TOPIC, Topic

FAR = 3_600_000  # a delay that does not end by itself


class Model:
    """The group as it should be; messages by their sequence."""

    def __init__(self) -> None:
        self.kept: set[int] = set()
        self.published = 0
        self.read = 0
        self.missed = 0
        self.given: set[int] = set()
        self.delayed: set[int] = set()
        self.held: dict[str, set[int]] = {}  # by consumer
        self.deliveries: dict[int, int] = {}
        self.ids: dict[int, str] = {}

    def publish(self, last: str, count: int) -> None:
        for _ in range(count):
            self.published += 1
            self.kept.add(self.published)
        assert int(last.split("-")[1]) == self.published, (last, self.published)

    def give_back(self, sequence: int, where: set[int]) -> None:
        """What is no longer kept is missed."""
        if sequence in self.kept:
            where.add(sequence)
        else:
            self.missed += 1

    def drop(self, name: str, untaken: set[int] = frozenset()) -> None:
        for sequence in self.held.pop(name):
            if sequence in untaken:
                self.deliveries[sequence] -= 1
            self.give_back(sequence, self.given)


def check_history(topic: Topic, choice: random.Random) -> None:
    topic.redis("FLUSHALL")
    model, names, tokens = Model(), ["a", "b", "c"], {}
    topic.publish("0")
    model.publish("0-1", 1)
    serial = 0
    for _ in range(400):
        what = choice.choice(["publish", "publish", "next", "next", "next", "acknowledge", "acknowledge", "release",
                              "join", "leave", "die", "trim", "inspect"])
        name = choice.choice(names)
        lives = name in model.held
        if what == "publish":
            count = choice.randint(1, 4)
            model.publish(topic.publish(*[str(model.published + n) for n in range(count)]), count)
        elif what == "join":
            serial += 1
            fence = topic.join(name, token=f"cl:{serial}")
            assert (fence == -1) == lives, (name, fence)
            if not lives:
                tokens[name] = f"cl:{serial}"
                model.held[name] = set()
        elif name not in tokens:
            continue
        elif what == "next":
            _next(topic, model, name, tokens[name], choice.randint(1, 6), choice.random() < 0.2)
        elif what in ("acknowledge", "release"):
            _settle(topic, model, name, tokens[name], what, choice)
        elif what == "leave":
            mine = sorted(model.held.get(name, ()))
            untaken = set(choice.sample(mine, choice.randint(0, len(mine))))
            answer = topic.leave(name, *(model.ids[s] for s in untaken), token=tokens[name])
            assert answer == (1 if lives else -1)
            if lives:
                model.drop(name, untaken)
        elif what == "die" and lives:
            topic.end_lease(name)
            # Another's call finds it dead.
            other = next((n for n in names if n in model.held and n != name), None)
            if other is None:
                assert topic.next(name, token=tokens[name]) is None
                model.drop(name)
            else:
                model.drop(name)
                _next(topic, model, other, tokens[other], 1, False)
        elif what == "trim":
            keep = choice.randint(0, 30)
            topic.run("topic_trim", keep, lane="l")
            model.kept -= set(sorted(model.kept)[:max(0, len(model.kept) - keep)])
        elif what == "inspect" and topic.redis("EXISTS", TOPIC + ":i:g"):
            waiting, held, consumers = topic.groups()["g"]
            assert consumers == len(model.held)
            assert held == sum(len(mine) for mine in model.held.values())
            assert waiting == sum(s > model.read for s in model.kept) + len(model.given | model.delayed)


def _next(topic: Topic, model: Model, name: str, token: str, count: int, answer_is_lost: bool) -> None:
    if name not in model.held:
        assert topic.next(name, count, token=token) is None
        return
    known = "".join(model.ids[s] + " " for s in model.held[name])
    had = topic.next(name, count, token=token)
    if answer_is_lost:
        again = topic.next(name, count, token=token, known=known)
        assert set(had.messages) <= set(again.messages)
        had = again
    sequences = [_sequence(message.id) for message in had.messages]
    left = {_sequence(id.decode()) for id in topic.redis("ZRANGE", TOPIC + ":d:g", 0, -1)}
    taken = model.given - left
    again_delivered, new = [s for s in sequences if s in taken], [s for s in sequences if s not in taken]
    for sequence in taken - set(sequences):
        assert sequence not in model.kept, f"{sequence} is kept and was given back, and is gone"
        model.missed += 1
    model.given -= taken
    unread = [s for s in sorted(model.kept) if s > model.read]
    assert new == unread[:len(new)], (new, unread)
    if new:
        model.missed += new[-1] - model.read - len(new)
        model.read = new[-1]
    if len(sequences) < count:
        assert len(new) == len(unread), "there were more"
    assert len(again_delivered) + len(new) <= count
    assert had.missed == model.missed, (had.missed, model.missed)
    for message in had.messages:
        sequence = _sequence(message.id)
        model.deliveries[sequence] = model.deliveries.get(sequence, 0) + 1
        assert message.deliveries == model.deliveries[sequence], message
        assert message.payload == str(sequence - 1).encode()
        model.ids[sequence] = message.id
        model.held[name].add(sequence)


def _settle(topic: Topic, model: Model, name: str, token: str, what: str, choice: random.Random) -> None:
    if not model.ids:
        return
    sequences = choice.sample(sorted(model.ids), min(len(model.ids), choice.randint(1, 3)))
    mine = model.held.get(name, set())
    wanted = "".join("1" if s in mine else "0" for s in sequences)
    ids = [model.ids[s] for s in sequences]
    if what == "acknowledge":
        assert topic.acknowledge(name, *ids, token=token) == wanted
        mine.difference_update(sequences)
        return
    delay, untaken = choice.choice([0, FAR]), choice.random() < 0.3
    assert topic.release(name, *ids, token=token, delay=delay, untaken=untaken) == wanted
    for sequence in sequences:
        if sequence not in mine:
            continue
        mine.discard(sequence)
        if untaken:
            model.deliveries[sequence] -= 1
        model.give_back(sequence, model.delayed if delay else model.given)


def _sequence(id: str) -> int:
    return int(id.split("-")[1])
