"""The command line of a program that is a pipeline."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from .. import errors
from ..app import _status

if TYPE_CHECKING:
    from .pipeline import Pipeline

_EPILOG = """\
exit status: 0 when the run has succeeded, 1 when it has failed, 130 when it was stopped (143 by SIGTERM here); 64 for
arguments, 69 when the server cannot be reached, 77 when it does not permit it, 78 for what is wrong with the graph, the
index or the identity.

INSTANCE_INDEX and TOTAL_INSTANCES say which instance this is, from 0, and of how many. Ctrl-C stops the run everywhere;
a second one at once.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"distcoord: {message}", file=sys.stderr)
        raise SystemExit(_status.USAGE)


def _parser(pipeline: Pipeline) -> argparse.ArgumentParser:
    parser = _Parser(
        description=f"Takes part in a run of the pipeline {pipeline.name}: does the modules that this instance can.",
        epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--id", metavar="ID", help="the identity of the run (that of the commit)")
    add("--with-attempt", action="store_true", help="make another attempt of the same CI pipeline another run")
    add("--index", type=int, metavar="N", help="which instance this is, from 0")
    add("--total", type=int, metavar="N", help="how many instances there are to be")
    add("-j", "--threads", type=int, default=1, metavar="N", help="modules at the same time in this instance (1)")
    add("--capabilities", metavar="A,B", help="what this instance has, for modules that require it")
    add("--lease", type=float, default=10.0, metavar="SECONDS",
        help="after so long others do the modules of an instance that died (10)")
    add("--expiry", type=float, default=3600.0, metavar="SECONDS",
        help="when all that is kept of the run expires after its last activity (3600)")
    add("--prefix", metavar="TEXT", help='what the name of the run\'s queue begins with ("run:")')
    add("--local", action="store_true", help="do all modules in this process, without a server")
    add("--graph", choices=("text", "mermaid", "dot"), help="print the graph and end")
    add("--check", action="store_true", help="check the graph and end")
    add("-u", "--url", help="the server")
    add("--namespace", help="the namespace")
    add("-q", "--quiet", action="store_true", help="say nothing")
    return parser


def main(pipeline: Pipeline, arguments: Sequence[str]) -> int:
    """See `Pipeline.main`."""
    options = _parser(pipeline).parse_args(list(arguments))
    try:
        return _run(pipeline, options)
    except KeyboardInterrupt:  # before it has joined
        return 130
    except errors.DistcoordError as error:
        print(f"distcoord: {error}", file=sys.stderr)
        if isinstance(error, (errors.Conflict, errors.InstanceExists)):
            return _status.CONFIGURATION
        return _status.status_of(error)


def _run(pipeline: Pipeline, options: argparse.Namespace) -> int:
    if options.graph:
        print(pipeline.graph(options.graph), end="")
        return 0
    if options.check:
        pipeline.validate()
        return 0
    if options.local:
        return _run_local(pipeline)
    pipeline._app._connect_with(options.url, options.namespace)
    result = pipeline.run(
        options.id, index=options.index, total=options.total, threads=options.threads,
        capabilities=options.capabilities, lease=options.lease, expiry=options.expiry, prefix=options.prefix,
        with_attempt=options.with_attempt, progress=not options.quiet, signals=True)
    return result.status


def _run_local(pipeline: Pipeline) -> int:
    from .table import table

    run = pipeline.run_local(check=False)
    print(table(run.tasks(), {}, pipeline._categories), file=sys.stderr)
    try:
        run.raise_if_failed()
    except errors.WorkflowFailed as failed:
        print(f"distcoord: {failed}", file=sys.stderr)
        return 1
    return 0
