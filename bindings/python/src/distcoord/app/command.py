"""`python -m distcoord worker module:app`."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn, Optional

from .. import __version__, errors
from . import _status, _supervisor
from ._loading import LoadError, load
from .application import App
from .worker import AppWorker

_EPILOG = """\
exit status: 0 after SIGTERM, SIGINT or --burst; 64 for arguments, 69 when the server cannot be reached at the start, 70
for a fault or worker processes that end again and again, 77 when the server does not permit it, 78 for a module that
cannot be imported or settings that are not accepted, 130 or 143 after a second signal.

signals: at the first SIGTERM, SIGINT or SIGHUP it takes no further job and finishes what is begun within the grace, at
the second it gives that back at once. At SIGUSR1 or SIGTSTP it takes no further job, and ends when what is begun is
done, however long that takes. At SIGUSR2 it writes to stderr where each thread is.
"""


class _Parser(argparse.ArgumentParser):
    """Leaves with the status for wrong usage."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        _complain(message)
        raise SystemExit(_status.USAGE)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m distcoord",
        description="Runs workers for tasks in Python. The command distcoord does the rest.")
    parser.add_argument("--version", action="version", version=f"distcoord {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    worker = commands.add_parser(
        "worker", help="do the jobs of an app's tasks and workflows", epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Does the jobs of an app's tasks, until it is told to stop.\n\n"
        "example: python -m distcoord worker images:app -c 4 -p 2 -Q high=3 -Q low")
    worker.add_argument("app", metavar="module:app", help="the app, as an import and its name there")
    add = worker.add_argument
    add("-Q", "--queue", action="append", default=[], type=_queue, metavar="QUEUE[=WEIGHT]",
        help="a queue to work on, and how often it is asked first relative to the others; 0: when those are empty"
        " (all queues of the app's tasks)")
    add("-c", "--concurrency", type=_positive, default=1, metavar="N", help="jobs at the same time in a process (1)")
    add("-p", "--processes", type=_positive, default=1, metavar="N", help="worker processes (1)")
    add("--asyncio", action="store_true", help="run coroutines in one event loop per process instead of threads")
    add("--prefetch", type=_natural, metavar="N", help="jobs claimed ahead (as many as take some milliseconds)")
    add("--lease", type=_seconds, default=30.0, metavar="SECONDS",
        help="after so long others do the jobs of a worker that died (30)")
    add("--capabilities", metavar="A,B", help="what the worker has, for jobs that require it")
    add("--pool", metavar="NAME", help="the pool it belongs to")
    add("--own-queue", action="store_true", help="give it a queue of its own under its name")
    add("--steals", action="store_true", help="let it take from others' own queues")
    add("--burst", action="store_true", help="end when the queues are empty")
    add("--grace", type=_seconds, default=30.0, metavar="SECONDS",
        help="how long jobs may take when it is told to stop (30)")
    add("--name", help="its name; with processes, a number is added")
    add("-u", "--url", help="the server, instead of the app's")
    add("--namespace", help="the namespace, instead of the app's")
    add("-v", "--verbose", action="count", default=0, help="say more")
    add("-q", "--quiet", action="count", default=0, help="say less")
    add("--child", type=int, default=0, help=argparse.SUPPRESS)
    return parser


def _queue(text: str) -> tuple[str, int]:
    name, equals, weight = text.rpartition("=")
    if not equals:
        return text, 1
    if not weight.isdigit() or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form QUEUE=WEIGHT")
    return name, int(weight)


def _number(text: str, least: int) -> int:
    if not text.isdigit() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least}")
    return int(text)


def _positive(text: str) -> int:
    return _number(text, 1)


def _natural(text: str) -> int:
    return _number(text, 0)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the command; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    _set_up_log(options.verbose - options.quiet)
    faulthandler.register(signal.SIGUSR2, all_threads=True)
    try:
        if options.processes > 1:
            return _supervise(given, options)
        _supervisor.be_child()
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # by nohup
            signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        return _work(options)
    except KeyboardInterrupt:  # before it has begun to work
        return 128 + signal.SIGINT


def _complain(message: str) -> None:
    print(f"distcoord: {message}", file=sys.stderr)


def _set_up_log(verbosity: int) -> None:
    level = {-1: logging.WARNING, 0: logging.INFO}.get(
        max(verbosity, -2), logging.DEBUG if verbosity > 0 else logging.ERROR)
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s")


def _be_quiet(worker: AppWorker) -> None:
    logging.getLogger("distcoord.worker").info("worker %s takes no further job", worker.name)
    worker.stop()


def _supervise(given: list[str], options: argparse.Namespace) -> int:
    def command_of(number: int) -> list[str]:
        # The last of an option given twice counts.
        command = [sys.executable, *_interpreter_flags(), "-m", "distcoord", *given, "--processes", "1", "--child",
                   str(number)]
        return [*command, "--name", f"{options.name}-{number}"] if options.name else command

    return _supervisor.Supervisor(command_of, options.processes, options.grace, options.burst).run()


def _interpreter_flags() -> list[str]:
    """The interpreter's own options, such as -W error, for the processes that are started."""
    import subprocess

    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    return flags


def _work(options: argparse.Namespace) -> int:
    try:
        app = load(options.app)
    except LoadError as error:
        _complain(str(error))
        return _status.USAGE
    except Exception:
        traceback.print_exc()
        _complain(f"{options.app.partition(':')[0]} cannot be imported")
        return _status.CONFIGURATION
    try:
        return _work_for(app, options)
    except errors.DistcoordError as error:
        _complain(str(error))
        return _status.status_of(error)
    except Exception:
        traceback.print_exc()
        return _status.SOFTWARE


def _work_for(app: App, options: argparse.Namespace) -> int:
    library = logging.getLogger("distcoord")
    app._connect_with(options.url, options.namespace, log=library.log, log_level=library.getEffectiveLevel())
    more: dict[str, Any] = {"prefetch": options.prefetch, "lease": options.lease, "name": options.name,
                            "pool": options.pool, "own_queue": options.own_queue, "steals": options.steals}
    if options.capabilities is not None:
        more["capabilities"] = options.capabilities
    app.client.ping()  # a server that cannot be reached is told at once; one that goes away later is waited for
    worker = app.worker(
        dict(options.queue) or None, concurrency=options.concurrency, use_asyncio=options.asyncio,
        grace=options.grace, **more)
    if options.burst:
        worker.drain()
    logger = logging.getLogger("distcoord.worker")
    if not app.tasks and not app.workflows:
        logger.warning("%s has no tasks, so every job fails here; are they in a module that it does not import?",
                       options.app)
    logger.info("worker %s: %d at a time from %s", worker.name, options.concurrency, ", ".join(worker.queues))
    for number in (signal.SIGUSR1, signal.SIGTSTP):
        signal.signal(number, lambda *_: _be_quiet(worker))
    _supervisor.say_ready()
    worker.run(signals=True)
    counts = worker.counts()
    logger.info("worker %s ends: %d done, %d failed, %d given back", worker.name, counts.processed, counts.failed,
                counts.released)
    signals = worker.signals
    return 128 + signals[1] if len(signals) > 1 else 0
