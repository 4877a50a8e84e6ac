"""A guardian: waits for the end of a process and gives back what its client held, within milliseconds.

`connect(guardian=True)` has the library start `python -m distcoord.guardian --pid N --client ID` with the first thing
that is held, with the URL and the namespace in the environment. It ends with the client, or after its work.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from ctypes import byref, c_int64
from typing import Optional

from . import _abi, _calls
from ._library import functions
from .client import connect
from .errors import DistcoordError


def guard(pid: int, client_id: str) -> int:
    """Waits until the process has ended, then gives back what its client held; returns how many holds that was."""
    client = connect()
    count = c_int64()
    error = _abi.distcoord_error()
    status = functions.guardian_run(
        client._pointer, pid, _calls.text(client_id, "client"), byref(count), byref(error))
    _calls.check(status, error)
    return count.value


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The program; returns its exit status: 0 when it did its work, 1 when it could not."""
    parser = argparse.ArgumentParser(prog="distcoord.guardian", description="Gives back what a dead process held.")
    parser.add_argument("--pid", type=int, required=True, help="the process to watch")
    parser.add_argument("--client", required=True, metavar="ID", help="the identity of its client")
    options = parser.parse_args(arguments)
    # Ctrl-C ends what it guards; that is when it has to work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        guard(options.pid, options.client)
    except DistcoordError as error:
        print(f"distcoord.guardian: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
