"""The exceptions: their bases, their attributes, their way through pickle."""

from __future__ import annotations

import builtins
import pickle
import threading

import pytest

import distcoord
from distcoord import _abi, _calls, errors

CLASSES = [
    value for name in distcoord.__all__
    if isinstance(value := getattr(distcoord, name), type) and issubclass(value, distcoord.DistcoordError)
]


def test_every_error_number_of_the_header_has_a_class() -> None:
    numbers = {value for name, value in vars(_abi).items() if name.startswith("ERROR_")}
    assert numbers <= set(errors.BY_STATUS)


def test_all_errors_are_public() -> None:
    defined = {
        value for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, distcoord.DistcoordError)
    }
    assert defined == set(CLASSES)


@pytest.mark.parametrize("kind, base", [
    (distcoord.InvalidArgument, ValueError), (distcoord.TooLarge, ValueError), (distcoord.Forked, RuntimeError),
    (distcoord.ConnectionError, builtins.ConnectionError), (distcoord.ConnectionError, OSError),
    (distcoord.NoReply, TimeoutError), (distcoord.NoReply, distcoord.ConnectionError),
    (distcoord.LockTimeout, TimeoutError), (distcoord.LockTimeout, distcoord.LockError),
    (distcoord.NotOwner, RuntimeError), (distcoord.NotLeader, RuntimeError),
    (distcoord.BarrierBroken, threading.BrokenBarrierError), (distcoord.ResultTimeout, TimeoutError),
    (distcoord.JobNotFound, LookupError), (distcoord.ResultExpired, LookupError), (distcoord.JobSettled, RuntimeError),
])
def test_bases(kind: type[BaseException], base: type[BaseException]) -> None:
    assert issubclass(kind, base)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_errors_survive_pickle(kind: type[distcoord.DistcoordError]) -> None:
    error = kind("what happened")
    error.status, error.server_text, error.retriable = -13, "LOADING", True
    if isinstance(error, distcoord.JobFailed):
        error.id, error.message, error.attempts = "id", "why", 3
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind and str(copy) == "what happened"
    assert vars(copy) == vars(error)
    assert (copy.status, copy.server_text, copy.retriable) == (-13, "LOADING", True)


def test_statuses_without_words_are_named() -> None:
    error = _calls.failure(_abi.ERROR_CLOSED, None, "waiting")
    assert isinstance(error, distcoord.Closed) and str(error) == "waiting: error closed"
    assert isinstance(_calls.failure(_abi.CANCELLED), distcoord.Cancelled)
    assert isinstance(_calls.failure(_abi.INTERRUPTED), distcoord.Cancelled)
    unknown = _calls.failure(77)
    assert type(unknown) is distcoord.DistcoordError and unknown.status == 77


@pytest.mark.parametrize("seconds, ms", [
    (-1, -1), (None, -1), (0, 0), (0.0001, 1), (1, 1000), (1.0005, 1001), (float("inf"), -1), (1e300, -1),
])
def test_waits_in_milliseconds(seconds: float, ms: int) -> None:
    assert _calls.wait_ms(seconds) == ms
