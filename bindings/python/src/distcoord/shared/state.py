"""Shared state: values under keys, with versions, expiry, compare-and-set, counters, lists, listing and watching."""

from __future__ import annotations

from builtins import list as _list
from collections.abc import Callable, Iterator
from ctypes import byref, c_int64, c_uint64, string_at
from typing import Any, Generic, Literal, Optional, TypeVar, Union, overload

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions
from .._watches import Source, Watch, taken
from .codec import Codec

T = TypeVar("T")
D = TypeVar("D")

TimeToLive = Union[float, None, Literal["keep"]]
"""What becomes of a value's time to live when it is written: seconds; None, it stays until it is deleted; "keep", it
expires when the one before would have."""

_Error = _abi.distcoord_error
_TEN_YEARS_MS = 10 * 366 * 86_400_000
_MOST_ITEMS = 10_000
_PAGE = 500
_VERSIONS = 2**53

_KINDS = {_abi.STATE_ABSENT: "absent", _abi.STATE_VALUE: "value", _abi.STATE_LIST: "list"}


class StateEntry(Generic[T]):
    """What is under a key, as of a moment ago."""

    __slots__ = ("_codec", "key", "kind", "length", "payload", "ttl", "version")

    key: str
    """The key."""
    kind: str
    """"value", "list", or, in watches, "absent": it was deleted, or has expired."""
    version: int
    """Its version; of two versions of a key the greater is the later one."""
    payload: bytes
    """The bytes of a value; b"" when it is none."""
    length: int
    """How many bytes the value has; of a list, how many items."""
    ttl: Optional[float]
    """Seconds that it still lived when it was read; None when it does not expire."""

    def __init__(self, entry: _abi.distcoord_state_entry, codec: Codec[T]) -> None:
        self._codec = codec
        self.key = functions.state_entry_key(entry).decode()
        self.kind = _KINDS[functions.state_entry_kind(entry)]
        self.version = functions.state_entry_version(entry)
        self.length = functions.state_entry_length(entry)
        address = functions.state_entry_value(entry) if self.kind == "value" else None
        self.payload = string_at(address, self.length) if address else b""
        ttl_ms = functions.state_entry_ttl_left_ms(entry)
        self.ttl = None if ttl_ms < 0 else ttl_ms / 1000

    @property
    def exists(self) -> bool:
        """Whether there is anything under the key."""
        return self.kind != "absent"

    @property
    def value(self) -> T:
        """The value. Raises NotReadable when its bytes are not what the state's type says, and LookupError when it is a
        list, or absent."""
        if self.kind != "value":
            raise LookupError(f"under the key {self.key!r} is {'a list' if self.kind == 'list' else 'nothing'}")
        return self._codec.decode(self.payload, self.key)

    def __repr__(self) -> str:
        shown = {"value": repr(self.payload[:80]), "list": f"{self.length} items", "absent": "absent"}[self.kind]
        return f"<distcoord.StateEntry {self.key!r} version {self.version}: {shown}>"


class _Page(Handle):
    """A page of entries of the library."""

    __slots__ = ()
    _free = functions.state_page_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_state_page())

    def entries(self, codec: Codec[T]) -> _list[StateEntry[T]]:
        """Its entries."""
        page = self._pointer
        return [
            StateEntry(functions.state_page_entry(page, index), codec)
            for index in range(functions.state_page_count(page))]


class State(Handle, Generic[T]):
    """A scope of shared state: keys of its own, each with a value or a list.

    Values are JSON, of the `type` that the state was made with, or bytes (`raw`). Every write gives the key a new
    version; versions of a key only grow, also across deletion. `state[key]`, `state[key] = value`, `del state[key]` and
    `key in state` do what they say, in one round trip each. A handle may be used by several threads, and pickles by
    name.
    """

    __slots__ = ("_client", "_codec", "_scope")
    _free = functions.state_free

    def __init__(self, client: Handle, scope: Optional[str], codec: Codec[T]) -> None:
        self._client = client
        self._scope = scope
        self._codec = codec
        self._own(_abi.distcoord_state())
        error = _Error()
        encoded = None if scope is None else _calls.text(scope, "scope")
        _calls.check(functions.state_open(client._pointer, encoded, byref(self._pointer), byref(error)), error)

    # ------------------------------------------------------------ values

    @overload
    def get(self, key: str) -> Optional[T]: ...
    @overload
    def get(self, key: str, default: D) -> Union[T, D]: ...

    def get(self, key: str, default: Any = None) -> Any:
        """The value under `key`, or `default`. Raises Conflict when a list is there, NotReadable, ServerErrors."""
        found = self.entry(key)
        return default if found is None else self._value(found)

    def _value(self, found: StateEntry[T]) -> T:
        if found.kind == "list":
            error = errors.Conflict(f"under the key {found.key!r} is a list; `items` reads it")
            error.status = _abi.ERROR_CONFLICT
            raise error
        return found.value

    def entry(self, key: str) -> Optional[StateEntry[T]]:
        """What is under `key`, with version and time to live; None when there is nothing."""
        found = _abi.distcoord_state_entry()
        error = _Error()
        status = functions.state_get(self._pointer, _key(key), byref(found), byref(error))
        if status == _abi.NOT_FOUND:
            return None
        if status != _abi.OK:
            raise _calls.failure(status, error)
        try:
            _calls.raise_due()
            return StateEntry(found, self._codec)
        finally:
            functions.state_entry_free(found)

    def set(self, key: str, value: T, ttl: TimeToLive = None) -> int:
        """Writes a value, whatever was there; returns its version. `ttl`: seconds after which it is gone, None for
        never, "keep" for when the one before would be.

        Raises NotSerializable, TooLarge, ServerErrors.
        """
        data = self._codec.encode(value, key)
        version = c_uint64()
        error = _Error()
        status = functions.state_set(
            self._pointer, _key(key), data, len(data), _ttl_ms(ttl), byref(version), byref(error))
        _calls.check(status, error)
        return version.value

    def compare_and_set(self, key: str, value: T, if_version: int, ttl: TimeToLive = None) -> Optional[int]:
        """Writes a value if the key has that version, 0 for not being there. Returns its new version; None when it has
        another one, and nothing was written. Raises like `set`."""
        data = self._codec.encode(value, key)
        expected = _calls.integer(if_version, "if_version", 0, _VERSIONS)
        version = c_uint64()
        error = _Error()
        status = functions.state_set_if(
            self._pointer, _key(key), data, len(data), _ttl_ms(ttl), expected, byref(version), byref(error))
        if status == _abi.CHANGED:
            return None
        _calls.check(status, error)
        return version.value

    def update(self, key: str, function: Callable[[Optional[T]], T], ttl: TimeToLive = "keep") -> T:
        """Writes `function(value)` in place of the value, None if there is none, and returns it; nobody else's write is
        lost. The function is called again when somebody has written meanwhile."""
        while True:
            found = self.entry(key)
            value = function(None if found is None else self._value(found))
            if self.compare_and_set(key, value, 0 if found is None else found.version, ttl) is not None:
                return value

    def delete(self, key: str, if_version: Optional[int] = None) -> bool:
        """Deletes what is under `key`, if it has that version when one is given; returns whether it did."""
        expected = 0 if if_version is None else _calls.integer(if_version, "if_version", 1, _VERSIONS)
        error = _Error()
        status = functions.state_delete(self._pointer, _key(key), expected, byref(error))
        if status in (_abi.NOT_FOUND, _abi.CHANGED):
            return False
        _calls.check(status, error)
        return True

    def expire(self, key: str, ttl: Optional[float]) -> bool:
        """Changes when `key` expires: in `ttl` seconds, or never (None). Its version stays. Returns whether it is
        there."""
        error = _Error()
        status = functions.state_expire(self._pointer, _key(key), _ttl_ms(ttl), byref(error))
        if status == _abi.NOT_FOUND:
            return False
        _calls.check(status, error)
        return True

    def add(self, key: str, delta: int = 1, ttl: TimeToLive = "keep") -> int:
        """Adds to a counter, which is a value with a decimal number and 0 when it is not there; returns its value.
        Exact, also when an answer was lost. Raises Conflict when what is there is no number, or the sum is beyond 64
        bits."""
        value = c_int64()
        error = _Error()
        status = functions.state_add(
            self._pointer, _key(key), _calls.integer(delta, "delta", -2**63, 2**63 - 1), _ttl_ms(ttl), byref(value),
            byref(error))
        _calls.check(status, error)
        return value.value

    # ------------------------------------------------------------ lists

    def append(self, key: str, value: T, limit: Optional[int] = None, ttl: TimeToLive = "keep") -> int:
        """Appends to a list, which is empty when it is not there; returns how many items it has. `limit`: keep only
        that many, the newest. Raises Conflict when a value is there, NotSerializable, TooLarge, ServerErrors."""
        data = self._codec.encode(value, key)
        most = 0 if limit is None else _calls.integer(limit, "limit", 1, 2**31)
        count = c_int64()
        error = _Error()
        status = functions.state_append(
            self._pointer, _key(key), data, len(data), most, _ttl_ms(ttl), byref(count), byref(error))
        _calls.check(status, error)
        return count.value

    def items(self, key: str, first: int = 0, count: int = _MOST_ITEMS) -> _list[T]:
        """Up to `count` items of a list, 1 to 10 000, from the index `first` on; a negative one counts from the end, -1
        is the newest. Empty when there is no list. Raises Conflict when a value is there, NotReadable, ServerErrors."""
        page = _Page()
        error = _Error()
        status = functions.state_items(
            self._pointer, _key(key), _calls.integer(first, "first", -2**63, 2**63 - 1),
            _calls.integer(count, "count", 1, _MOST_ITEMS), byref(page._pointer), byref(error))
        if status == _abi.NOT_FOUND:
            return []
        _calls.check(status, error)
        return [self._codec.decode(entry.payload, f"{key}[{first + index}]")
                for index, entry in enumerate(page.entries(self._codec))]

    # ------------------------------------------------------------ many keys

    def list(self, prefix: str = "") -> Iterator[StateEntry[T]]:
        """Iterates over what is under the keys that begin with `prefix`, in order of the keys' bytes, some hundred keys
        a round trip. A key that is there from before the first until after the last is given, once; of one that comes
        or goes meanwhile that is not certain."""
        cursor: Optional[bytes] = None
        while True:
            entries, cursor = self._page(prefix, cursor)
            yield from entries
            if not cursor:
                return

    def _page(
        self, prefix: str, cursor: Optional[bytes], limit: Optional[int] = None,
    ) -> tuple[_list[StateEntry[T]], bytes]:
        """A page of `list`, and where the next one begins, b"" after the last."""
        page = _Page()
        error = _Error()
        status = functions.state_list(
            self._pointer, _calls.text(prefix, "prefix"), cursor, _PAGE if limit is None else limit,
            byref(page._pointer), byref(error))
        _calls.check(status, error)
        return page.entries(self._codec), functions.state_page_cursor(page._pointer)

    def clear(self, prefix: str = "") -> int:
        """Deletes all keys that begin with `prefix`, in steps; returns how many."""
        count = c_int64()
        error = _Error()
        status = functions.state_clear(self._pointer, _calls.text(prefix, "prefix"), byref(count), byref(error))
        _calls.check(status, error)
        return count.value

    def watch(
        self, key: Optional[str] = None, *, prefix: Optional[str] = None, timeout: Optional[float] = -1,
    ) -> Watch[StateEntry[T]]:
        """Watches one key, or all that begin with `prefix`, or without both all of the scope: iterates over what is
        there and then over each change, expiry and deletion included: the latest entry of a key, never an older one
        after a newer one. Ends when nothing has changed for `timeout` seconds (-1 or None: never).
        """
        if key is not None and prefix is not None:
            raise errors.invalid("a watch is of a key or of a prefix, not of both")
        codec = self._codec

        def take(source: Source, wait_ms: int) -> Optional[tuple[StateEntry[T]]]:
            return taken(
                functions.state_watch_next, source, wait_ms, _abi.distcoord_state_entry(),
                lambda entry: StateEntry(entry, codec), functions.state_entry_free)

        followed = _key(key) if key is not None else _calls.text(prefix or "", "prefix")
        what = f"key {key!r} of {self!r}" if key is not None else f"prefix {prefix or ''!r} of {self!r}"
        return Watch(what, self, functions.state_watch, take, timeout, followed, key is None)

    # ------------------------------------------------------------ as a mapping

    def __getitem__(self, key: str) -> T:
        found = self.entry(key)
        if found is None:
            raise KeyError(key)
        return self._value(found)

    def __setitem__(self, key: str, value: T) -> None:
        self.set(key, value)

    def __delitem__(self, key: str) -> None:
        if not self.delete(key):
            raise KeyError(key)

    def __contains__(self, key: str) -> bool:
        return self.entry(key) is not None

    def __iter__(self) -> Iterator[str]:
        return (entry.key for entry in self.list())

    @property
    def scope(self) -> str:
        """The scope's name."""
        return "default" if self._scope is None else self._scope

    def __repr__(self) -> str:
        return f"<distcoord.State {self.scope!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return State, (self._client, self._scope, self._codec)


def _key(key: str) -> bytes:
    return _calls.text(key, "key")


def _ttl_ms(ttl: TimeToLive) -> int:
    if ttl is None:
        return _abi.TTL_NONE
    if ttl == "keep":
        return _abi.TTL_KEEP
    if isinstance(ttl, str):
        raise errors.invalid(f"ttl must be seconds, None or 'keep', not {ttl!r}")
    return _calls.duration_ms(ttl, "ttl", 1, _TEN_YEARS_MS)
