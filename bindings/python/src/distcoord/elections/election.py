"""Elections: of all candidates for a name at most one leads at a time."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref
from functools import lru_cache
from typing import Any, NamedTuple, Optional

from .. import _abi, _calls, _interrupt, errors
from .._handles import Handle
from .._library import functions
from .._watches import Source, Watch
from .leading import Leading

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


class ElectionOptions(NamedTuple):
    """See `Client.election`."""

    lease: float = 10.0
    value: Optional[str] = None
    renewal: Optional[float] = None
    step_down: Optional[float] = None


class _Native(Handle):
    """Election options of the library."""

    __slots__ = ()
    _free = functions.election_options_free

    def __init__(self, options: ElectionOptions) -> None:
        self._own(functions.election_options_new())
        pointer = self._pointer
        lease_ms = _calls.duration_ms(options.lease, "lease", 100, 86_400_000)
        functions.election_options_set_lease_ms(pointer, lease_ms)
        if options.value is not None:
            status = functions.election_options_set_value(pointer, _calls.text(options.value, "value"))
            _calls.check_setter(status, _VALUE, options.value)
        if options.renewal is not None:
            functions.election_options_set_renewal_ms(
                pointer, _calls.duration_ms(options.renewal, "renewal", 10, lease_ms // 2))
        if options.step_down is not None:
            functions.election_options_set_step_down_ms(
                pointer, _calls.duration_ms(options.step_down, "step_down", 0, lease_ms // 2))


_VALUE = "value (UTF-8 of at most 4 096 bytes)"
_DEFAULTS = ElectionOptions()
_native = lru_cache(maxsize=32)(_Native)


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


def _take(source: Source, wait_ms: int) -> Optional[tuple[Optional[Leader]]]:
    info = _abi.distcoord_leader_info()
    error = _Error()
    status = functions.election_watch_next(source._pointer, wait_ms, byref(info), byref(error))
    if status == _abi.OK:
        return (_leader(info),)
    if status == _abi.EMPTY:
        return (None,)
    if status == _abi.TIMED_OUT:
        return None
    raise _calls.failure(status, error)


class Election(Leading):
    """A handle on an election: one candidate, and a view on who leads.

    A leadership is a lease, kept like a lock's: renewed by the library, lost in good time when renewal fails, handed
    to the next candidate at once by `resign`. Its `term` only grows and is the fencing number for what the leader
    writes. `with election:` waits to lead, resigns at the end, and raises LeadershipLost there when the lease had
    ended meanwhile. A handle pickles by name, as one that does not lead.
    """

    __slots__ = ("_client", "_options", "_runs")
    _free = functions.election_free
    _state = functions.election_state
    _wait_for_loss = functions.election_wait_lost
    _descriptor = functions.election_event_fd
    _cancel = functions.election_cancel
    _let_go = functions.election_resign
    _what = "election"

    def __init__(self, client: Handle, name: str, options: ElectionOptions = _DEFAULTS) -> None:
        native = _native(options) if options != _DEFAULTS else None
        self._client = client
        self._name = name
        self._options = options
        self._runs = []
        self._own(_abi.distcoord_election())
        error = _Error()
        status = functions.election_open(
            client._pointer, _calls.text(name, "name"), native._pointer if native else None, byref(self._pointer),
            byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)

    # ------------------------------------------------------------ standing for it

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
            raise self._lost_error("it was given up")
        raise _calls.failure(status, error)

    def _lost_error(self, what: str) -> errors.ElectionError:
        return errors.about_election(
            errors.LeadershipLost,
            f"the leadership of {self._name!r} was lost before {what}: its lease ended or it was taken away, and"
            " somebody else may have led since", self._name, _abi.LOST)

    def _give_back(self) -> None:
        self.resign()

    def set_value(self, value: str) -> None:
        """Changes what others see of this candidate: now if it leads, and for when it next wins. Raises LeadershipLost
        when it led, but does not any more.
        """
        error = _Error()
        status = functions.election_set_value(self._pointer, _calls.text(value, "value"), byref(error))
        if status == _abi.LOST:
            raise self._lost_error("its value was changed")
        _calls.check(status, error)
        self._options = self._options._replace(value=value)

    # ------------------------------------------------------------ who leads

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

    def leaders(self, timeout: Optional[float] = -1) -> Watch[Optional[Leader]]:
        """Watches who leads: iterates over the present leader and then each change of leader or value, None whenever
        nobody leads. Ends when nothing has changed for `timeout` seconds (-1 or None: never).
        """
        return Watch(f"election {self._name!r}", self, functions.election_watch, _take, timeout)

    def observe(self, timeout: Optional[float] = -1, known_term: Optional[int] = None) -> Iterator[Optional[Leader]]:
        """Iterates over who leads: a Leader at each change, None whenever nobody leads. Ends when nothing has changed
        for `timeout` seconds (-1 or None: never). Of changed values `leaders` tells, this does not.

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

    def evict(self, term: Optional[int] = None) -> bool:
        """Takes the leadership away from whoever has it; the next candidate leads at once. The old leader hears of it
        at its next renewal at the latest, and its term fences what it still writes. `term`: the only one to end.
        Returns whether one was ended.
        """
        number = 0 if term is None else _calls.integer(term, "term", 1, 2**53)
        error = _Error()
        status = functions.election_evict(self._pointer, number, byref(error))
        if status == _abi.NOT_HELD:
            return False
        _calls.check(status, error)
        return True

    @property
    def is_leader(self) -> bool:
        """Whether this handle leads. Asks nobody."""
        return self._is_held()

    @property
    def term(self) -> int:
        """Term of this handle's current leadership, or of its last one; 0 when it never led."""
        return self._term()

    def _term(self) -> int:
        return functions.election_term(self._pointer)

    def __enter__(self) -> Election:
        self.campaign()
        return self

    def __repr__(self) -> str:
        state = f"leads, term {self.term}" if self.is_leader else "lost" if self._is_lost() else "does not lead"
        return f"<distcoord.Election {self._name!r} {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Election, (self._client, self._name, self._options)
