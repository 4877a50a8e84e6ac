"""The part of a client that makes elections, barriers and the like: where processes meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Optional

from ._handles import Handle
from .barriers.barrier import Barrier
from .barriers.double_barrier import DoubleBarrier, DoubleBarrierOptions
from .barriers.event import Event
from .barriers.latch import Latch
from .barriers.membership import Membership, MembershipOptions
from .elections.election import Election, ElectionOptions


class Meeting(Handle):
    """The part of a client that makes handles on what processes meet at. Nothing is sent by any of these."""

    __slots__ = ()

    def election(
        self, name: str, lease: float = 10.0, value: Optional[str] = None, *, renewal: Optional[float] = None,
        step_down: Optional[float] = None,
    ) -> Election:
        """A handle on the election `name`.

        `lease`: seconds for which a leadership outlives a leader that died, 0.1 to 86 400. `value`: what others see of
        this candidate when it leads, an address for example, up to 4 096 bytes; None for the client's label.
        `renewal`: seconds between renewals, 0.01 to half of the lease; None for a third of it. `step_down`: how many
        seconds before its lease ends on the server a leader that could not renew it steps down, the time that its
        program has to stop before somebody else can lead: 0 to half of the lease; None for a tenth of it.
        """
        return Election(self, name, ElectionOptions(lease, value, renewal, step_down))

    def barrier(
        self, name: str, parties: int, action: Optional[Callable[[], object]] = None, timeout: Optional[float] = -1,
    ) -> Barrier:
        """A handle on the barrier `name` for `parties` parties, 1 to 1 000 000. `action`: called by the last party to
        arrive, while all others still wait; all parties should give one. `timeout`: how many seconds a `wait` that
        says nothing else waits, -1 for ever.
        """
        return Barrier(self, name, parties, action, timeout)

    def latch(self, name: str, count: Optional[int] = None) -> Latch:
        """A handle on the latch `name`. `count`: what a latch that is not there yet begins with, 1 to 1 000 000 000;
        None to use only one that another handle has made, or will make.
        """
        return Latch(self, name, count)

    def event(self, name: str) -> Event:
        """A handle on the event `name`."""
        return Event(self, name)

    def double_barrier(
        self, name: str, parties: int, lease: float = 10.0, on_death: Literal["break", "shrink"] = "break",
        timeout: Optional[float] = -1,
    ) -> DoubleBarrier:
        """A party of the double barrier `name` for `parties` parties, 1 to 1 000 000.

        `lease`: seconds for which a party outlives its process, 0.1 to 86 400. `on_death`: what the death of a party
        means for the others: the barrier is broken, or they go on as if there were one party less; what the first to
        enter says holds. `timeout`: how many seconds `with` waits for the others, at its beginning and at its end,
        before it raises BarrierTimeout; -1 for ever.
        """
        return DoubleBarrier(self, name, parties, DoubleBarrierOptions(lease, on_death, timeout))

    def membership(
        self, name: str, value: Optional[str] = None, id: Optional[str] = None, lease: float = 10.0,
    ) -> Membership:
        """A view on the group `name`, with which to join it, too. `value`: what others see of this member, up to 4 096
        bytes; None for the client's label. `id`: under which it joins, 1 to 128 bytes; None for one that the library
        makes. `lease`: seconds for which a member outlives its process, 0.1 to 86 400.
        """
        return Membership(self, name, MembershipOptions(value, id, lease))
