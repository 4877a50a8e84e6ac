"""Elections: of all candidates for a name at most one leads at a time."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from . import _abi, _calls, _interrupt, errors
from ._handles import Handle
from ._leased import Leased
from ._library import functions

if TYPE_CHECKING:
    from .client import Client

_Error = _abi.distcoord_error


class Leader(NamedTuple):
    """Who leads, as of a moment ago."""

    value: str
    """What the leader publishes about itself."""
    label: str
    """Label of the leader's client."""
    term: int
    """Number of the leadership; it only grows."""
    since: float
    """Since when it leads: seconds since 1970 by the server's clock."""
    lease_left: float
    """Seconds that the lease still runs."""
    candidates: int
    """How many candidates wait behind the leader."""


class _Options(Handle):
    """Election options of the library."""

    __slots__ = ()
    _free = functions.election_options_free

    def __init__(self, lease_ms: int, value: Optional[str]) -> None:
        self._own(functions.election_options_new())
        functions.election_options_set_lease_ms(self._pointer, lease_ms)
        if value is not None:
            status = functions.election_options_set_value(self._pointer, _calls.text(value, "value"))
            _calls.check_setter(status, "value (UTF-8 of at most 4 096 bytes)", value)


_options = lru_cache(maxsize=32)(_Options)


def _leader(info: _abi.distcoord_leader_info) -> Leader:
    """The snapshot as a Python object; frees it."""
    try:
        return Leader(
            functions.leader_info_value(info).decode(),
            functions.leader_info_label(info).decode(),
            functions.leader_info_term(info),
            functions.leader_info_since_ms(info) / 1000,
            functions.leader_info_lease_left_ms(info) / 1000,
            functions.leader_info_candidates(info))
    finally:
        functions.leader_info_free(info)


class Election(Leased):
    """A handle on an election: one candidate, and a view on who leads.

    A leadership is a lease, kept like a lock's: renewed by the library, lost in good time when renewal fails, handed
    to the next candidate at once by `resign`. Its `term` only grows and is the fencing number for what the leader
    writes. `with election:` waits to lead, resigns at the end, and raises LeadershipLost there when the lease had
    ended meanwhile. A handle pickles by name, as one that does not lead.
    """

    __slots__ = ("_client", "_lease", "_value")
    _free = functions.election_free
    _state = functions.election_state
    _wait_for_loss = functions.election_wait_lost
    _descriptor = functions.election_event_fd
    _cancel = functions.election_cancel
    _let_go = functions.election_resign
    _what = "election"

    def __init__(self, client: Client, name: str, lease: float = 10.0, value: Optional[str] = None) -> None:
        options = None
        if lease != 10.0 or value is not None:
            options = _options(_calls.duration_ms(lease, "lease", 100, 86_400_000), value)
        self._client = client
        self._name = name
        self._lease = lease
        self._value = value
        self._own(_abi.distcoord_election())
        error = _Error()
        status = functions.election_open(
            client._pointer, _calls.text(name, "name"), options._pointer if options else None, byref(self._pointer),
            byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)

    def campaign(self, timeout: Optional[float] = -1) -> bool:
        """Stands for election and waits at most `timeout` seconds to win (-1 or None: for ever, 0: tries once); True at
        once when this handle leads already. Returns whether it leads; False has withdrawn the candidacy.

        Raises Cancelled when `cancel` ended the wait, and ServerErrors.
        """
        error = _Error()
        status = functions.election_campaign(self._pointer, _calls.wait_ms(timeout), byref(error))
        if status == _abi.OK:
            if _interrupt.pending:
                self._unless_interrupted()
            return True
        if status == _abi.TIMED_OUT:
            return False
        raise _calls.failure(status, error)

    def resign(self) -> None:
        """Stands down; the next candidate leads at once.

        Raises NotLeader (also a RuntimeError) when this handle does not lead, LeadershipLost when the leadership had
        ended before, ServerErrors when the server cannot be told: the lease ends the leadership then.
        """
        error = _Error()
        status = functions.election_resign(self._pointer, byref(error))
        if status == _abi.OK:
            if _interrupt.pending:
                _calls.raise_due()
            return
        if status == _abi.NOT_HELD:
            raise errors.about_election(
                errors.NotLeader, f"this handle does not lead {self._name!r}, so it cannot resign", self._name, status)
        if status == _abi.LOST:
            raise errors.about_election(
                errors.LeadershipLost,
                f"the leadership of {self._name!r} was lost before it was given up: its lease ended, and somebody else"
                " may have led since", self._name, status)
        raise _calls.failure(status, error)

    def _give_back(self) -> None:
        self.resign()

    def leader(self) -> Optional[Leader]:
        """Who leads; None when nobody does. Asks the server."""
        info = _abi.distcoord_leader_info()
        error = _Error()
        status = functions.election_leader(self._pointer, byref(info), byref(error))
        if status == _abi.OK:
            return _leader(info)
        if status == _abi.EMPTY:
            return None
        raise _calls.failure(status, error)

    def observe(self, timeout: Optional[float] = -1, known_term: Optional[int] = None) -> Iterator[Optional[Leader]]:
        """Iterates over who leads: a Leader at each change, None whenever nobody leads. Ends when nothing has changed
        for `timeout` seconds (-1 or None: never).

        Without `known_term` the first item is who leads now. With it, a term seen before (0: nobody led), the first
        item is the first difference from that. Changes between two items are given as one.
        """
        wait = _calls.wait_ms(timeout)
        if known_term is not None:
            known_term = _calls.integer(known_term, "known_term", 0, 2**53)
        return self._changes(wait, known_term)

    def _changes(self, wait: int, known: Optional[int]) -> Iterator[Optional[Leader]]:
        if known is None:
            present = self.leader()
            yield present
            known = 0 if present is None else present.term
        while True:
            info = _abi.distcoord_leader_info()
            error = _Error()
            status = functions.election_observe(self._pointer, known, wait, byref(info), byref(error))
            if status == _abi.OK:
                leader = _leader(info)
                known = leader.term
                yield leader
            elif status == _abi.EMPTY:
                known = 0
                yield None
            elif status == _abi.TIMED_OUT:
                return
            else:
                raise _calls.failure(status, error)

    @property
    def is_leader(self) -> bool:
        """Whether this handle leads. Asks nobody."""
        return self._is_held()

    @property
    def term(self) -> int:
        """Term of this handle's current leadership, or of its last one; 0 when it never led."""
        return functions.election_term(self._pointer)

    def __enter__(self) -> Election:
        self.campaign()
        return self

    def __repr__(self) -> str:
        state = f"leads, term {self.term}" if self.is_leader else "lost" if self._is_lost() else "does not lead"
        return f"<distcoord.Election {self._name!r} {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Election, (self._client, self._name, self._lease, self._value)
