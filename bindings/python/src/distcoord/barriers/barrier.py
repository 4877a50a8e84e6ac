"""Barriers: n parties wait for each other, again and again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from ctypes import byref, c_bool, c_int64
from functools import partial
from typing import Any, NamedTuple, Optional

from .. import _abi, _calls, _interrupt, errors
from .._handles import Handle
from .._library import functions


def _acting(action: Callable[[], object], raised: list[BaseException]) -> Generator[int, None, None]:
    """Runs the action when it is resumed, and answers as the library wants it. A generator, because an exception of a
    signal handler that comes before the first bytecode of a function could be caught nowhere (see _interrupt)."""
    try:
        yield 0
        action()
        yield 0
    except GeneratorExit:
        raise
    except BaseException as error:
        raised.append(error)
        yield 1


class BarrierInfo(NamedTuple):
    """How a barrier stands, as of a moment ago."""

    waiting: int
    """How many have arrived and wait."""
    generation: int
    """The current generation, from 0."""
    broken: bool
    """Whether it is broken."""


class Barrier(Handle):
    """A handle on a cyclic barrier, like `threading.Barrier` across machines.

    When all parties have arrived they go on, and the next generation begins. A party that times out, is cancelled or
    is interrupted breaks the barrier for all who wait in that generation, and it stays broken until `reset`. The
    place of a party whose process died while it waited is free again. A handle may be used by several threads; each
    `wait` is one party. It pickles by name, with its action.
    """

    __slots__ = ("_action", "_client", "_name", "_parties", "_timeout")
    _free = functions.barrier_free

    def __init__(
        self, client: Handle, name: str, parties: int, action: Optional[Callable[[], object]] = None,
        timeout: Optional[float] = -1,
    ) -> None:
        _calls.wait_ms(timeout)
        parties = _calls.integer(parties, "parties", 1, 1_000_000)
        if action is not None and not callable(action):
            raise TypeError("action must be a function without arguments")
        self._client = client
        self._name = name
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._own(_abi.distcoord_barrier())
        error = _abi.distcoord_error()
        status = functions.barrier_open(
            client._pointer, _calls.text(name, "name"), parties, byref(self._pointer), byref(error))
        if status != _abi.OK:
            raise _calls.failure(status, error)

    def wait(self, timeout: Optional[float] = None) -> int:
        """Arrives and waits for the others, at most `timeout` seconds: -1 for ever, None for as long as the handle was
        made with. Returns a number from 0 to `parties` - 1, another for each party. The last party to arrive runs its
        `action` first, while all others still wait; when that raises, the exception goes on here, and the barrier is
        broken.

        Raises BarrierBroken when the time is over (which breaks the barrier for the others too) and when it is or gets
        broken, Cancelled (and broken) after `cancel`, Conflict when another number of parties is in use, ServerErrors.
        """
        wait_ms = _calls.wait_ms(self._timeout if timeout is None else timeout)
        index = c_int64()
        error = _abi.distcoord_error()
        if self._action is None:
            status = functions.barrier_wait(self._pointer, wait_ms, byref(index), None, byref(error))
        else:
            raised: list[BaseException] = []
            acting = _acting(self._action, raised)
            next(acting)
            # Called with the context, NULL, which becomes the default argument of `next` and is never needed.
            action = _abi.distcoord_barrier_action(partial(next, acting))
            status = functions.barrier_wait_acting(
                self._pointer, wait_ms, action, None, byref(index), None, byref(error))
            if raised:
                functions.error_free(error)
                raise raised[0]
        if status == _abi.OK:
            if _interrupt.pending:
                _calls.raise_due()
            return index.value
        if status == _abi.TIMED_OUT:
            raise self._broken(status, f"not all parties came to barrier {self._name!r} in time, so it is broken now")
        if status == _abi.BROKEN:
            raise self._broken(
                status, f"barrier {self._name!r} is broken: a party timed out, gave up, failed or aborted it")
        raise _calls.failure(status, error)

    def _broken(self, status: int, message: str) -> errors.BarrierBroken:
        return errors.about(errors.BarrierBroken(message), self._name, status)

    def abort(self) -> None:
        """Breaks the barrier: all who wait, and all who arrive until it is reset, get BarrierBroken."""
        self._tell(functions.barrier_abort)

    def reset(self) -> None:
        """Makes the barrier empty and whole again; those who wait get BarrierBroken."""
        self._tell(functions.barrier_reset)

    def _tell(self, function: Any) -> None:
        error = _abi.distcoord_error()
        _calls.check(function(self._pointer, byref(error)), error)

    def cancel(self) -> None:
        """Ends the waits in progress on this handle, each with Cancelled; that breaks the barrier."""
        functions.barrier_cancel(self._pointer)

    def inspect(self) -> BarrierInfo:
        """How it stands. Asks the server."""
        waiting, generation, broken = c_int64(), c_int64(), c_bool()
        error = _abi.distcoord_error()
        status = functions.barrier_inspect(
            self._pointer, byref(waiting), byref(generation), byref(broken), byref(error))
        _calls.check(status, error)
        return BarrierInfo(waiting.value, generation.value, broken.value)

    @property
    def name(self) -> str:
        """The barrier's name."""
        return self._name

    @property
    def parties(self) -> int:
        """How many wait for each other."""
        return self._parties

    @property
    def n_waiting(self) -> int:
        """How many have arrived and wait. Asks the server, as `generation` and `broken` do."""
        return self.inspect().waiting

    @property
    def generation(self) -> int:
        """The current generation, from 0."""
        return self.inspect().generation

    @property
    def broken(self) -> bool:
        """Whether the barrier is broken."""
        return self.inspect().broken

    def __repr__(self) -> str:
        return f"<distcoord.Barrier {self._name!r} of {self._parties}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Barrier, (self._client, self._name, self._parties, self._action, self._timeout)
