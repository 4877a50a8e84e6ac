"""Settling the jobs of handlers: what became of a job that cannot be told to the handler any more goes to the log."""

from __future__ import annotations

import logging
from typing import Any

from .. import _abi, _calls, errors
from .job import Job

logger = logging.getLogger("distcoord.worker")

# Seconds between attempts of a worker to go on after an error of the server that will pass: at first, and at most.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0


def fail(job: Job, raised: Exception) -> None:
    """Settles a job whose handler has raised."""
    logger.warning("job %s %sfailed", job.id, f"({job.task}) " if job.task else "", exc_info=raised)
    try:
        job.fail(raised)
    except errors.JobError as settled:
        logger.debug("job %s: %s", job.id, settled)  # by the handler itself, or it is another worker's by now
    except errors.DistcoordError as away:
        logger.warning("the failure of job %s could not be told, its lease ends: %s", job.id, away)


def give_back(job: Job) -> None:
    """Settles a job that nobody works on any more, through no fault of its own."""
    try:
        job.release()
    except errors.DistcoordError as error:
        logger.debug("job %s: %s", job.id, error)  # it is settled or lost, or its lease gives it back


def not_done(job: Job, status: int, error: Any) -> None:
    """Sees to a job whose completion was not accepted; raises what ends the worker."""
    if status == _abi.NOT_HELD:
        return  # the handler has settled it itself, or its time was over
    if status == _abi.LOST:
        logger.warning("job %s was lost before it was done: its lease ended", job.id)
        return
    refused = _calls.failure(status, error)
    if not isinstance(refused, errors.TooLarge):
        raise refused
    fail(job, refused)
