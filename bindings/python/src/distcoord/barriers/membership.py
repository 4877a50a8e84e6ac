"""Membership: who belongs to a group right now, each member with a value, under a lease."""

from __future__ import annotations

from ctypes import byref
from functools import lru_cache
from typing import Any, NamedTuple, Optional

from .. import _abi, _calls, errors
from .._handles import Handle
from .._leased import Leased
from .._library import functions
from .._watches import Source, Watch, taken

_Error = _abi.distcoord_error

_KINDS = {_abi.MEMBER_CAME: "came", _abi.MEMBER_CHANGED: "changed", _abi.MEMBER_WENT: "went"}


class Member(NamedTuple):
    """A member of a group, as of a moment ago."""

    id: str
    """Its id in the group."""
    value: str
    """What it says about itself."""
    label: str
    """Label of its client."""
    since: float
    """Since when it is a member: seconds since 1970 by the server's clock."""
    lease_left: float
    """Seconds that its lease still runs."""


class MemberChange(NamedTuple):
    """That a member came, has another value, or went."""

    kind: str
    """"came", also for those that were there when the watch began; "changed", it has another value; or "went"."""
    id: str
    """The member's id."""
    value: str
    """Its value; the last one known when it went."""
    label: str
    """Label of its client."""


class MembershipOptions(NamedTuple):
    """See `Client.membership`."""

    value: Optional[str] = None
    id: Optional[str] = None
    lease: float = 10.0


class _Native(Handle):
    """Options of a membership of the library."""

    __slots__ = ()
    _free = functions.membership_options_free

    def __init__(self, options: MembershipOptions) -> None:
        self._own(functions.membership_options_new())
        pointer = self._pointer
        functions.membership_options_set_lease_ms(
            pointer, _calls.duration_ms(options.lease, "lease", 100, 86_400_000))
        if options.id is not None:
            status = functions.membership_options_set_id(pointer, _calls.text(options.id, "id"))
            _calls.check_setter(status, "id (a name of 1 to 128 bytes)", options.id)
        if options.value is not None:
            status = functions.membership_options_set_value(pointer, _calls.text(options.value, "value"))
            _calls.check_setter(status, "value (UTF-8 of at most 4 096 bytes)", options.value)


_native = lru_cache(maxsize=32)(_Native)


def _change(change: _abi.distcoord_member_change) -> MemberChange:
    return MemberChange(
        _KINDS[functions.member_change_kind(change)],
        functions.member_change_id(change).decode(),
        functions.member_change_value(change).decode(),
        functions.member_change_label(change).decode())


def _take(source: Source, wait_ms: int) -> Optional[tuple[MemberChange]]:
    return taken(
        functions.membership_watch_next, source, wait_ms, _abi.distcoord_member_change(), _change,
        functions.member_change_free)


class Membership(Leased):
    """A view on a group, which may itself be one member of it: `with membership:` joins, and leaves at the end, raising
    MembershipLost there when the lease had ended meanwhile.

    A member that dies is gone when its lease ends; one that leaves, at once. A handle pickles by name, as one that has
    not joined; one with an `id` of its own joins under that again.
    """

    __slots__ = ("_client", "_options")
    _free = functions.membership_free
    _state = functions.membership_state
    _wait_for_loss = functions.membership_wait_lost
    _descriptor = functions.membership_event_fd
    _cancel = functions.membership_cancel
    _let_go = functions.membership_leave
    _what = "membership"

    def __init__(self, client: Handle, name: str, options: MembershipOptions = MembershipOptions()) -> None:
        native = _native(options)
        self._client = client
        self._name = name
        self._options = options
        self._own(_abi.distcoord_membership())
        error = _Error()
        status = functions.membership_open(
            client._pointer, _calls.text(name, "name"), native._pointer, byref(self._pointer), byref(error))
        _calls.check(status, error)

    def join(self) -> None:
        """Joins; the library renews the lease until `leave`. Nothing happens when this handle has joined already.

        Raises MemberExists when another member has the id, and ServerErrors.
        """
        error = _Error()
        status = functions.membership_join(self._pointer, byref(error))
        if status == _abi.EXISTS:
            raise errors.about(
                errors.MemberExists(f"another member of {self._name!r} has the id {self.id!r}"), self._name, status)
        _calls.check(status, error)

    def leave(self) -> None:
        """Leaves. Raises NotMember (a RuntimeError) when this handle has not joined, MembershipLost when the lease had
        ended before, ServerErrors when the server cannot be told: the lease ends the membership then.
        """
        error = _Error()
        status = functions.membership_leave(self._pointer, byref(error))
        if status == _abi.NOT_HELD:
            raise errors.about(
                errors.NotMember(f"this handle is no member of {self._name!r}"), self._name, status)
        self._check(status, error, "it left")

    def _give_back(self) -> None:
        self.leave()

    def set_value(self, value: str) -> None:
        """Changes what others see of this member, now if it has joined, and for the next time it joins. Raises
        MembershipLost when the lease had ended.
        """
        error = _Error()
        status = functions.membership_set_value(self._pointer, _calls.text(value, "value"), byref(error))
        self._check(status, error, "its value was changed")
        self._options = self._options._replace(value=value)

    def _check(self, status: int, error: _abi.distcoord_error, what: str) -> None:
        if status == _abi.LOST:
            raise errors.about(errors.MembershipLost(
                f"the membership of {self._name!r} was lost before {what}: its lease ended, and the others have seen"
                " this member go"), self._name, status)
        _calls.check(status, error)

    def members(self) -> list[Member]:
        """The members in order of joining. Asks the server."""
        found = _abi.distcoord_member_list()
        error = _Error()
        status = functions.membership_list(self._pointer, byref(found), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)
        try:
            return [
                Member(
                    functions.member_list_id(found, index).decode(),
                    functions.member_list_value(found, index).decode(),
                    functions.member_list_label(found, index).decode(),
                    functions.member_list_since_ms(found, index) / 1000,
                    functions.member_list_lease_left_ms(found, index) / 1000)
                for index in range(functions.member_list_count(found))]
        finally:
            functions.member_list_free(found)

    def watch(self, timeout: Optional[float] = -1) -> Watch[MemberChange]:
        """Watches who comes and goes: iterates over the members that are there and then over each change. Ends when
        nothing has changed for `timeout` seconds (-1 or None: never).
        """
        return Watch(f"membership {self._name!r}", self, functions.membership_watch, _take, timeout)

    @property
    def id(self) -> str:
        """The id under which this handle joins."""
        return functions.membership_id(self._pointer).decode()

    @property
    def is_member(self) -> bool:
        """Whether this handle is a member. Asks nobody."""
        return self._is_held()

    def __enter__(self) -> Membership:
        self.join()
        return self

    def __repr__(self) -> str:
        state = "joined" if self._is_held() else "lost" if self._is_lost() else "not joined"
        return f"<distcoord.Membership {self._name!r} {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Membership, (self._client, self._name, self._options)
