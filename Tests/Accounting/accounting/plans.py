"""Who does what in a campaign."""

from __future__ import annotations

from .campaign import Plan
from .crew import Slot

# Queues with partitions; all others have one.
PARTITIONS = {"parts": 4}
# Jobs of a round, by producer: whether it is behind a proxy, and how many of each theme.
PRODUCERS: list[tuple[str, bool, dict[str, int]]] = [
    ("p0", False, {"plain": 2500}),
    ("p1", True, {"plain": 2000, "parts": 600}),
    ("p2", False, {"order": 800, "calm": 600}),
    ("p3", True, {"keys": 600, "unique": 300, "cancel": 300}),
    ("p4", False, {"deps": 500, "batch": 600}),
    ("p5", False, {"pause": 300, "rate": 300, "caps": 400, "own": 500}),
]
THEMES = [theme for _, _, jobs in PRODUCERS for theme in jobs if theme != "plain"] + ["plain"]


def whole(faces: list[str], themes: list[str], scale: float) -> Plan:
    """All that was not left out."""
    producers = [
        (label, is_behind_a_proxy,
         {theme: max(1, int(count * scale)) for theme, count in jobs.items() if theme in themes})
        for label, is_behind_a_proxy, jobs in PRODUCERS]

    def crew(direct: str, proxied: list[str]) -> list[Slot]:
        slots = [
            Slot(0, "c", direct, ["order"], mode="single", threads=1, is_safe=True),
            Slot(1, "c", direct, ["plain", "keys", "deps", "unique", "cancel"], threads=3),
            Slot(2, "c", proxied[0], ["plain", "parts", "batch", "pause"], threads=3),
            Slot(3, "python", direct, ["plain", "cancel", "deps"]),
            Slot(4, "python", proxied[1], ["plain", "batch", "keys"], mode="runtime"),
            Slot(5, "swift", direct, ["plain", "keys", "unique"]),
            Slot(6, "shell", direct, ["plain"], threads=1),
            Slot(7, "c", direct, ["own"], mode="own", name="own7"),
            Slot(8, "c", direct, ["own"], mode="own", name="own8"),
            Slot(9, "c", proxied[1], ["plain", "parts", "keys", "pause"], mode="runtime", threads=3),
            Slot(10, "c", direct, ["caps", "rate"], mode="runtime", capabilities="gpu"),
            Slot(11, "c", proxied[0], ["caps"], capabilities="GPU,big"),
            Slot(12, "c", direct, ["caps", "rate", "own"]),
            Slot(13, "c", direct, ["calm"], mode="runtime", is_safe=True),
            Slot(14, "python", direct, ["calm"], mode="runtime", is_safe=True),
            Slot(15, "swift", direct, ["calm"], is_safe=True),
        ]
        for slot in slots:
            slot.queues = [spec(theme) for theme in slot.queues if theme in themes]
        return [slot for slot in slots if slot.language in faces and slot.queues]

    return Plan(
        [producer for producer in producers if producer[2]], crew, [spec(theme) for theme in THEMES if theme in themes],
        kills=int(20 * scale), restarts=1)


def spec(theme: str) -> str:
    """As the programs take it."""
    return f"{theme}/{PARTITIONS[theme]}" if theme in PARTITIONS else theme


def seeded() -> Plan:
    """A short one without faults but those of the server: jobs of which none fails."""
    def crew(direct: str, proxied: list[str]) -> list[Slot]:
        # Slower than the producer, so that there are jobs that wait.
        return [Slot(1, "c", direct, ["order"], mode="single", threads=1)]

    return Plan([("p0", False, {"order": 600})], crew, ["order"], faults={})
