"""Draws graphs. The same seed draws the same graph."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Optional

from .graphs import ALL, AT_LEAST, BEST_EFFORT, Graph, Loop, Node

LITERALS = ("1", "-2.50", '"text, with [commas]"', '{"a": [1, 2], "b": {}}', "[]", "null", "true", "9007199254740993")
MOST_ITEMS = 6


@dataclass
class Known:
    """A node that others may need."""

    name: str
    level: str
    gives_list: bool = False


@dataclass
class Generator:
    """Draws one graph; `size` is about how many tasks it comes to."""

    seed: int
    size: int
    languages: tuple[str, ...] = ()
    kills: bool = True
    hangs: bool = False
    always: bool = True
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        # In many graphs hardly anything goes wrong, else most of them would be blocked.
        self.trouble = self.dice.choice([0.1, 0.1, 0.4, 1.0])
        self.number = 0
        self.left = self.size
        self.keys = 0

    def chance(self, percent: float) -> bool:
        return self.dice.random() * 100 < percent

    def graph(self) -> Graph:
        graph = Graph(f"graph-{self.seed}")
        known: list[Known] = []
        while self.left > 0:
            self.level(graph, "", known, (), depth=0, in_loop=False)
        return graph

    def name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number}"

    # ------------------------------------------------------------ levels

    def level(self, graph: Graph, group: str, known: list[Known], outer: tuple[str, ...], depth: int,
              in_loop: bool) -> None:
        """Some nodes of one group, or of none."""
        here: list[Known] = []
        for _ in range(self.dice.randint(2, 9)):
            if self.left <= 0:
                return
            shape = self.dice.choices(
                ("task", "group", "map", "loop", "fan"),
                (10, 3 if depth < 3 else 0, 2, 0 if in_loop else 1, 1))[0]
            if shape == "task":
                found = [self.task(graph, group, known, here, outer, in_loop)]
            elif shape == "group":
                found = [self.group(graph, group, known, here, outer, depth, in_loop)]
            elif shape == "map":
                found = [self.map(graph, group, known, here, outer)]
            elif shape == "loop":
                found = [self.loop(graph, group, known, here, outer)]
            else:
                found = self.fan(graph, group, known, here, outer, in_loop)
            here += found
            known += found

    def needs(self, known: list[Known], here: list[Known], outer: tuple[str, ...], most: int = 3) -> list[str]:
        """Of earlier nodes, mostly of the same level, but never of a group within which this is."""
        if not known or self.chance(15):
            return []
        found: list[str] = []
        for _ in range(self.dice.randint(1, most)):
            near = here[-8:] if here and self.chance(80) else known[-40:]
            one = self.dice.choice(near)
            if one.name not in outer and one.name not in found:
                found.append(one.name)
        return found

    # ------------------------------------------------------------ nodes

    def task(self, graph: Graph, group: str, known: list[Known], here: list[Known], outer: tuple[str, ...],
             in_loop: bool) -> Known:
        node = Node(self.name("t"), "task", group, self.needs(known, here, outer))
        words = self.words(node)
        gives_list = self.chance(12)
        if gives_list:
            words = [word for word in words if not word.startswith("skip=")] + [f"list={MOST_ITEMS}"]
        elif not in_loop and self.chance(5):
            words.append(f"add={self.addition(graph, node.name, known, outer)}")
        node.work = " ".join(words)
        node.always = self.always and self.chance(6)
        graph.nodes.append(node)
        self.left -= 1
        return Known(node.name, group, gives_list)

    def words(self, node: Node) -> list[str]:
        """What its tasks do, and the attempts that this takes."""
        words = []
        if self.chance(8):
            fails = self.dice.randint(1, 2)
            words.append(f"fail={fails}")
            node.attempts = fails + (0 if self.chance(15 * self.trouble) else 1)
        elif self.kills and self.chance(3):
            words.append("kill=1")
            # The attempts of a task that has but one are all the first.
            node.attempts = self.dice.randint(2, 3)
        elif self.hangs and self.chance(2):
            words.append("hang=1")
            node.attempts, node.timeout_ms = 2, 150
        elif self.chance(2 * self.trouble):
            words.append("die=1")
            node.attempts = self.dice.randint(1, 3)
        if self.chance(6 * self.trouble):
            words.append(f"skip={self.dice.choice([1, 2, 3])}")
        if self.chance(5):
            words.append(f"big={self.dice.choice([500, 3000, 20000])}")
        if self.chance(25):
            words.append(f"busy={self.dice.randint(200, 20000)}")
        if self.languages and self.chance(30):
            node.language = self.dice.choice(self.languages)
        return words

    def words_in_loop(self, node: Node) -> list[str]:
        """A lease that ends in each round would take too long."""
        return [word for word in self.words(node) if word not in ("kill=1", "hang=1")]

    def policy(self, node: Node, members: Optional[int]) -> None:
        node.policy = self.dice.choices((ALL, BEST_EFFORT, AT_LEAST), (5, 2, 2))[0]
        if node.policy == AT_LEAST and members == 0:
            node.policy = ALL
        elif node.policy == AT_LEAST:
            node.least = self.dice.randint(1, min(4, members or 3))

    def group(self, graph: Graph, group: str, known: list[Known], here: list[Known], outer: tuple[str, ...],
              depth: int, in_loop: bool) -> Known:
        node = Node(self.name("g"), "group", group, self.needs(known, here, outer))
        node.always = self.always and self.chance(5)
        graph.nodes.append(node)
        inner = (*outer, node.name)
        # What is within a loop must not be needed outside.
        seen = list(known) if in_loop else known
        if not self.chance(4):
            self.level(graph, node.name, seen, inner, depth + 1, in_loop)
        self.policy(node, sum(other.group == node.name for other in graph.nodes))
        return Known(node.name, group)

    def map(self, graph: Graph, group: str, known: list[Known], here: list[Known], outer: tuple[str, ...]) -> Known:
        sources = [one for one in known if one.gives_list and one.name not in outer]
        node = Node(self.name("m"), "map", group)
        if sources and self.chance(75):
            node.source = self.dice.choice(sources[-6:]).name
            node.needs = [node.source]
        else:
            node.items = [self.dice.choice(LITERALS) for _ in range(self.dice.choice([0, 1, 3, 5, 12]))]
            node.needs = self.needs(known, here, outer, 2)
        node.work = " ".join(self.words(node))
        self.policy(node, None if node.items is None else len(node.items))
        graph.nodes.append(node)
        self.left -= len(node.items) if node.items is not None else MOST_ITEMS // 2
        return Known(node.name, group)

    def fan(self, graph: Graph, group: str, known: list[Known], here: list[Known], outer: tuple[str, ...],
            in_loop: bool) -> list[Known]:
        """Many that need one, and one that needs them all."""
        first = self.task(graph, group, known, here, outer, in_loop)
        middle = []
        for _ in range(min(self.dice.randint(2, 20), max(2, self.left))):
            node = Node(self.name("f"), "task", group, [first.name])
            node.work = " ".join(self.words(node))
            graph.nodes.append(node)
            middle.append(Known(node.name, group))
        join = Node(self.name("j"), "task", group, [one.name for one in middle])
        join.always = self.always and self.chance(40)
        graph.nodes.append(join)
        self.left -= len(middle) + 1
        return [first, *middle, Known(join.name, group)]

    def loop(self, graph: Graph, group: str, known: list[Known], here: list[Known], outer: tuple[str, ...]) -> Known:
        """A body of one to four steps, the last of which asks for more; only that one may be needed outside."""
        return Known(self.body(graph, group, self.needs(known, here, outer), may_nest=True)[1], group)

    def body(self, graph: Graph, group: str, previous: list[str], may_nest: bool) -> tuple[str, str]:
        """The first and the last node of a loop."""
        steps, first = self.dice.randint(1, 4), ""
        for step in range(steps):
            is_last = step == steps - 1
            if not is_last and may_nest and self.chance(25):
                begins, ends = self.body(graph, group, previous, may_nest=False)
                first, previous = first or begins, [ends]
                continue
            shape = "task" if is_last or step == 0 else self.dice.choice(("task", "map", "group", "two"))
            names = []
            for _ in range(2 if shape == "two" else 1):
                prefix = {"map": "m", "group": "g"}.get(shape, "l")
                node = Node(self.name(prefix), "task" if shape == "two" else shape, group, list(previous))
                graph.nodes.append(node)
                names.append(node.name)
                self.fill(graph, node, is_last)
            first, previous = first or names[0], names
        graph.loops.append(Loop(first, previous[0], self.dice.randint(1, 4)))
        return first, previous[0]

    def fill(self, graph: Graph, node: Node, is_last: bool) -> None:
        """What a step of a loop does."""
        self.left -= 1
        if node.kind == "group":
            for _ in range(self.dice.randint(1, 3)):
                member = Node(self.name("l"), "task", node.name)
                member.work = " ".join(self.words_in_loop(member))
                graph.nodes.append(member)
                self.left -= 1
            return
        words = self.words_in_loop(node)
        if node.kind == "map":
            node.items = ["1", '"b"', "[]"][:self.dice.randint(0, 3)]
        elif is_last:
            # One that is skipped or fails does not ask.
            words = [word for word in words if word.partition("=")[0] not in ("skip", "die")]
            words.append(f"repeat={self.dice.randint(0, 5)}")
        node.work = " ".join(words)

    # ------------------------------------------------------------ additions

    def addition(self, graph: Graph, task: str, known: list[Known], outer: tuple[str, ...]) -> str:
        """What a task adds; it may need what was there before that task, too."""
        self.keys += 1
        key = f"a{self.keys}"
        added = Graph(key)
        saved, self.left = self.left, min(self.left, self.dice.randint(1, 8))
        inner: list[Known] = []
        for _ in range(3):
            if self.left > 0:
                self.level(added, "", inner, (), depth=2, in_loop=True)
        earlier = [one.name for one in known if one.name not in outer]
        for node in added.nodes:
            if earlier and not node.group and self.chance(15):
                node.needs.append(self.dice.choice(earlier[-20:]))
        self.left = saved - len(added.nodes)
        graph.additions[key] = added
        return key
