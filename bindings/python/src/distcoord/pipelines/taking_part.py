"""One instance's part in a distributed run: threads that do modules until the run has ended, and what signals do."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Optional, TypeVar

from .. import errors
from ..app._doing import Doing, settle
from ..app._perform import Ending
from ..queues._serving import handled
from ..queues._settling import FIRST_PAUSE, LONGEST_PAUSE
from ..workflows.summary import RunSummary
from .progress import Progress, progress_of

if TYPE_CHECKING:
    from ..queues.job import Job
    from ..workflows.instance import Instance
    from .pipeline import Pipeline, PipelineResult

T = TypeVar("T")

_logger = logging.getLogger("distcoord.pipeline")

# Seconds that modules may take to end after a second signal, or when the run ended without them.
_LAST_GRACE = 1.0


class TakingPart:
    """Takes part in one run."""

    def __init__(self, pipeline: Pipeline, instance: Instance, threads: int, progress: bool) -> None:
        if threads < 1:
            raise ValueError("threads must be 1 or more")
        self._instance = instance
        self._doing = Doing(pipeline._app)
        self._threads = threads
        # A worker hears at once that what it does is to stop; what it claimed ahead no other instance could do.
        self._worker = pipeline._app.client.worker(
            instance.queue.name, concurrency=threads, prefetch=0, lease=instance._given.lease,
            capabilities=instance._given.capabilities)
        self._over = threading.Event()
        self._progress: Progress = progress_of(pipeline, instance, progress)
        self._jobs: set[Job] = set()
        self._signal = 0
        self._stops = 0

    def until_the_end(self, signals: bool) -> PipelineResult:
        """Works, and waits for the end of the run."""
        from .pipeline import PipelineResult

        with handled(self._by_signal) if signals else nullcontext():
            self._progress.begin()
            try:
                self._start()
                summary = self._wait()
            finally:
                self._end()
            tasks = self._through_outages(self._instance.run.tasks)
            instances = self._progress.finish(summary, tasks)
        return PipelineResult(summary, tuple(tasks), instances, self._signal)

    # ------------------------------------------------------------ waiting for the end

    def _wait(self) -> RunSummary:
        while True:
            try:
                return self._through_outages(self._instance.wait)
            except KeyboardInterrupt:
                self._signal = signal.SIGINT
                self._stop_run()  # and goes on waiting, as with a signal that is handled

    def _through_outages(self, ask: Callable[[], T]) -> T:
        """What the server answers, once it does."""
        pause = FIRST_PAUSE
        while True:
            try:
                return ask()
            except errors.ServerError as error:
                if not error.retriable:
                    raise
                _logger.warning("instance %d goes on in %.1f s: %s", self._instance.index, pause, error)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _by_signal(self, number: int, again: bool) -> None:
        """In the midst of whatever the main thread does."""
        self._signal = number
        threading.Thread(target=self._stop_run, name="distcoord-stop", daemon=True).start()

    def _stop_run(self) -> None:
        """Stops the run everywhere; the second time at once."""
        self._stops += 1
        at_once = self._stops > 1
        self._progress.say(
            "stopping the run at once" if at_once else "stopping the run everywhere; again to stop it at once")
        pause = FIRST_PAUSE
        while not self._over.is_set():
            try:
                self._instance.run.stop(f"instance {self._instance.index} was interrupted", at_once)
                if at_once:
                    self._give_up()
                return
            except errors.RunEnded:
                return
            except errors.RunNotFound:
                pass  # the coordinator is about to start it
            except errors.ServerError as error:
                if not error.retriable:
                    raise
            self._over.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _give_up(self) -> None:
        """Ends as cancelled what does not heed that it is to stop: a module may be inside a call of C."""
        self._over.wait(_LAST_GRACE)
        for job in list(self._jobs):
            if not job.settled:
                settle(job, Ending("cancelled", errors.Cancelled("the run was stopped at once")))

    # ------------------------------------------------------------ working

    def _start(self) -> None:
        for number in range(self._threads):
            # Daemons: a module that does not end with its run does not keep the program.
            thread = threading.Thread(target=self._work, name=f"distcoord-module-{number + 1}", daemon=True)
            thread.start()

    def _end(self) -> None:
        self._over.set()
        try:
            self._worker.shutdown(_LAST_GRACE)
        except errors.DistcoordError as error:
            _logger.warning("instance %d could not tell the server that it leaves: %s", self._instance.index, error)
        self._doing.end()

    def _work(self) -> None:
        pause = FIRST_PAUSE
        while not self._over.is_set():
            try:
                job = self._worker.next()
                if job is None:
                    return
                self._do(job)
                pause = FIRST_PAUSE
            except errors.Closed:
                return
            except errors.ServerError as error:
                if not error.retriable:
                    _logger.error("instance %d does no more: %s", self._instance.index, error)
                    return
                _logger.warning("instance %d goes on in %.1f s: %s", self._instance.index, pause, error)
                self._over.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _do(self, job: Job) -> None:
        task = job.run_task
        name = job.id if task is None else task.name
        self._progress.begins(name)
        self._jobs.add(job)
        data: Optional[bytes] = None
        try:
            data = self._doing.do(job)
        finally:
            self._jobs.discard(job)
            self._progress.ends(name)
        if job.settled:
            return
        try:
            job.complete(data)
        except (errors.JobLost, errors.JobSettled) as late:
            _logger.info("%s", late)
        except errors.TooLarge as refused:
            job.fail(refused, False)
