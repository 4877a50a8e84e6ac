"""The client that the package's own functions use."""

from __future__ import annotations

import threading
from typing import Any, Optional

from .client import Client, connect

_lock = threading.Lock()
_client: Optional[Client] = None

OF_CLIENT = frozenset({
    "barrier", "bounded_semaphore", "breaker", "double_barrier", "election", "event", "latch", "limiter", "lock",
    "locked", "membership", "multilock", "publish", "queue", "rlock", "rwlock", "semaphore", "state", "subscribe",
    "topic", "worker",
})
"""What of a client is there as a function of the package, too, and, but for `locked`, of `distcoord.aio`."""


def default_client() -> Client:
    """The client of the package's own functions, such as `distcoord.event("ready")`: made at first use as `connect()`
    makes it, from the environment; closed when the interpreter exits. Another one when it was closed."""
    global _client
    with _lock:
        if _client is None or _client.closed:
            _client = connect()
        return _client


def of_client(name: str) -> Any:
    """A method of the default client."""
    return getattr(default_client(), name)
