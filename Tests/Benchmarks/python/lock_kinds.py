"""The locks that are compared, by name: a way to make them on one client per process. Defaults of each library,
with a lease of ten seconds."""

import contextlib
import logging
from typing import Any, Callable, Iterator

LEASE = 10
# Seconds between two looks, of those that are not told.
POLLING = {"redis-py": 0.1, "redis-py-1ms": 0.001}


@contextlib.contextmanager
def opened(kind: str, socket: str) -> Iterator[Callable[[str], Any]]:
    """Opens a client; yields a function that makes a lock of a name. Kinds: "distcoord", "distcoord-unfair",
    "python-redis-lock", "redis-py", "redis-py-1ms" (which looks every millisecond and not every hundred)."""
    if kind.startswith("distcoord"):
        import distcoord

        options = {"fair": False} if kind == "distcoord-unfair" else {}
        with distcoord.connect(f"unix://{socket}") as client:
            yield lambda name: client.lock(name, lease=LEASE, **options)
        return
    import redis

    client = redis.Redis(unix_socket_path=socket)
    if kind == "python-redis-lock":
        import redis_lock

        logging.disable(logging.WARNING)
        yield lambda name: redis_lock.Lock(client, name, expire=LEASE)
    elif kind == "redis-py-1ms":
        yield lambda name: client.lock(name, timeout=LEASE, sleep=POLLING[kind])
    elif kind == "redis-py":
        yield lambda name: client.lock(name, timeout=LEASE)
    else:
        raise SystemExit(f"no lock of the kind {kind}")
