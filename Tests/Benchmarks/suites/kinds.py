"""Pairs of each kind of thing that is held, in C, against bare hiredis that sends the same commands; quorums."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Callable, Sequence

from harness.capture import record, template
from harness.context import Context, Row, compare
from harness.server import Server

KINDS = {"lock": "lock", "read": "read lock", "write": "write lock", "permit": "permit of a semaphore",
         "level": "level of a reentrant lock", "several": "eight locks at once"}


def captured(context: Context, kind: str) -> tuple[str, str]:
    """The commands by which a pair is made, as templates: files of the one that acquires and the one that releases."""
    commands = record(context.server, lambda: context.program("programs/kind_pair.c", kind, "capture"))
    calls = [command for command in commands if command[0].upper() == b"EVALSHA"]
    # The first script that is seen acquires, the first other one releases; what else is sent is no part of a pair.
    scripts = list(dict.fromkeys(call[1] for call in calls))
    if len(scripts) < 2:
        raise RuntimeError(f"no pair of the kind {kind} was seen by MONITOR")
    paths = []
    for step, script in zip(("acquire", "release"), scripts):
        path = os.path.join(context.server.folder, f"{kind}.{step}")
        template([call for call in calls if call[1] == script]).write(path)
        paths.append(path)
    context.server.flush()
    return paths[0], paths[1]


def measured(context: Context, kind: str, name: str, floor_name: str, servers: Sequence[Server] = ()) -> Row:
    templates = captured(context, kind)
    got = context.program("programs/kind_pair.c", kind, 3 * context.rounds, int(100 * context.scale), *templates,
                          servers=servers)
    context.server.flush()
    return compare(name, got["ours"], got["floor"], "pairs/s", floor_name=floor_name)


def pair(kind: str, name: str) -> Callable[[Context], list[Row]]:
    return lambda context: [measured(context, kind, f"pair, C: {name}", "hiredis, same scripts")]


def quorum(context: Context) -> list[Row]:
    with ExitStack() as stack:
        servers = [context.server]
        for _ in range(4):
            server = Server()
            stack.callback(server.stop)
            servers.append(server)
        # A server learns scripts when they are first sent.
        for server in servers:
            context.program("programs/kind_pair.c", "lock", "capture", servers=[server])
        return [measured(context, "lock", "pair, C: lock over a quorum of 5",
                         "hiredis, one lock's scripts, server by server", servers)]


BENCHMARKS = {f"pair-{kind}": pair(kind, name) for kind, name in KINDS.items()}
BENCHMARKS["pair-quorum"] = quorum
