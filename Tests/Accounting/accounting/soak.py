"""Whether anything grows from round to round: keys that never end, memory of the server and of those who use it."""

from __future__ import annotations

from statistics import median

from .campaign import Campaign

# Rounds before these are for warming up.
WARM = 3
# What allocators and tables may add without anything leaking.
SLACK = 3 << 20


class Watch:
    """Looks after each round, when all that has ended is forgotten."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.server: list[int] = []
        self.clients: dict[str, list[int]] = {}

    def look(self) -> None:
        self.campaign.forget()
        self.server.append(self.campaign.audit.memory())
        for slot in self.campaign.crew:
            if slot.is_safe:
                self.clients.setdefault(slot.label, []).append(slot.memory())

    def summary(self) -> str:
        """First and last size of each, in MiB."""
        sizes = {"server": self.server, **self.clients}
        return "memory after a round, first and last: " + ", ".join(
            f"{who} {found[0] / 1048576:.1f} and {found[-1] / 1048576:.1f} MiB"
            for who, found in sizes.items() if found)

    def verdicts(self) -> dict[str, list[str]]:
        problems = {"no key is left for ever": [
            f"{key} has no end: {content}" for key, content in self.campaign.audit.immortal().items()
            if not is_expected(key)]}
        if len(self.server) >= 2 * WARM:
            problems["memory of the server is flat"] = _growth("the server", self.server)
            problems["memory of clients is flat"] = [
                problem for label, sizes in self.clients.items() for problem in _growth(label, sizes)]
        return problems


def _growth(who: str, sizes: list[int]) -> list[str]:
    third = max(1, (len(sizes) - WARM) // 3)
    early, late = median(sizes[WARM:WARM + third]), median(sizes[-third:])
    if late > early * 1.1 + SLACK:
        return [f"{who} has grown from {early / 1048576:.1f} to {late / 1048576:.1f} MiB: "
                + " ".join(f"{size / 1048576:.1f}" for size in sizes)]
    return []


def is_expected(key: str) -> bool:
    """What is there as long as the queue is: its counts and settings; the names of all queues."""
    return ":registry}:" in key or key.endswith("}:c")
