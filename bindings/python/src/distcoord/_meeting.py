"""The part of a client that makes elections, barriers and the like: where processes meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from ._handles import Handle
from .barriers.barrier import Barrier
from .barriers.double_barrier import DoubleBarrier, DoubleBarrierOptions
from .barriers.event import Event
from .barriers.latch import Latch
from .barriers.membership import Membership, MembershipOptions
from .elections.election import Election, ElectionOptions

if TYPE_CHECKING:
    from .workflows.instance import Instance
    from .workflows.workflow import Workflow


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

    def join_run(
        self, workflow: Workflow, identity: Optional[str] = None, *, index: Optional[int] = None,
        total: Optional[int] = None, capabilities: Union[str, Iterable[str], None] = None, lease: float = 10.0,
        expiry: float = 3600.0, prefix: Optional[str] = None, with_attempt: bool = False, fail_fast: bool = False,
        index_variable: Optional[str] = None, total_variable: Optional[str] = None,
    ) -> Instance:
        """Joins a distributed run of `workflow` as one of several instances of a program; all give the same workflow.
        May take a few round trips. One instance starts the run, in the background; another does when that one dies.

        `identity`: of the run, None to find it out as `run_identity` does, `with_attempt` or without. `index`, `total`:
        which instance this is, from 0, and of how many; None for the environment's INSTANCE_INDEX and TOTAL_INSTANCES,
        or what `index_variable` and `total_variable` name; 0 of 1 without both. `capabilities`: what this instance has,
        for tasks that require it. `lease`: seconds after the death of an instance until its tasks go to another.
        `expiry`: seconds after the last activity when all keys of the run expire, 10 to 30 days. `prefix`: what the
        name of the run's queue begins with, "run:" if not given. `fail_fast`: see `Queue.start`.

        Raises InstanceExists when an instance with that index lives, Conflict when another workflow runs under this
        identity, InvalidArgument, ServerErrors.
        """
        from .workflows.instance import Instance, InstanceOptions

        client: Any = self
        return Instance(client, workflow, InstanceOptions(
            identity, with_attempt, prefix, index, total, index_variable, total_variable, capabilities, lease, expiry,
            fail_fast))
