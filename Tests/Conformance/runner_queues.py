"""What the Python runner can be asked about queues and jobs."""

from __future__ import annotations

import builtins
from datetime import datetime
from typing import Any, Callable, Optional

import distcoord
from runner_wire import ok, seconds

Arguments = dict[str, bytes]


def text(arguments: Arguments, key: str, missing: Optional[str] = None) -> Any:
    return arguments[key].decode() if key in arguments else missing


def names(arguments: Arguments, key: str) -> list[str]:
    return [name for name in arguments.get(key, b"").decode().split(",") if name]


def ms(moment: Optional[datetime]) -> int:
    return round(moment.timestamp() * 1000) if moment else 0


def options(arguments: Arguments) -> dict[str, Any]:
    """What a request says about a job, as the package takes it."""
    found: dict[str, Any] = dict(
        task=text(arguments, "task", ""), priority=int(arguments.get("priority", b"0")),
        delay=seconds(arguments, "delay", 0), id=text(arguments, "id"),
        retries=int(arguments.get("attempts", b"4")) - 1, backoff=seconds(arguments, "backoff", 1.0),
        result_ttl=seconds(arguments, "ttl", 600.0), content_type=text(arguments, "type", ""),
        unique=text(arguments, "unique"), unique_mode=text(arguments, "mode", "refuse"),
        concurrency_key=text(arguments, "key"), capabilities=text(arguments, "needs", ""),
        pool=text(arguments, "pool", ""), worker=text(arguments, "worker"), after=names(arguments, "after"),
        on_failure=text(arguments, "policy", "fail"), batch=text(arguments, "batch"))
    if "timeout" in arguments:
        found["timeout"] = seconds(arguments, "timeout", 0)
    if "patience" in arguments:
        found["capability_timeout"] = seconds(arguments, "patience", 0)
    if "header" in arguments:
        name, _, value = arguments["header"].decode().partition(":")
        found["headers"] = {name: value}
    return found


class QueueRequests:
    """The part of the runner that has queues."""

    client: distcoord.Client
    jobs: dict[str, distcoord.Job]

    def handle(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        raise NotImplementedError

    def queue(self, verb: str, name: str, arguments: Arguments) -> str:
        if verb == "find":
            found = self.client.find_job(name)
            return ok(queue=found.name) if found else "NOT_FOUND"
        queue: distcoord.Queue = self.handle(("queue", name), lambda: self.client.queue(
            name, lease=seconds(arguments, "lease", 30.0), capabilities=text(arguments, "has"),
            worker=text(arguments, "as"), steals=arguments.get("steals") == b"yes",
            partitions=int(arguments.get("partitions", b"1"))))
        if verb == "push":
            return ok(id=queue.push(arguments.get("payload", b""), **options(arguments)))
        if verb == "push_many":
            prefix = arguments.get("prefix", b"")
            return ok(count=len(queue.push_many(prefix + b"%d" % i for i in range(int(arguments["count"])))))
        if verb == "claim":
            return self.claimed(queue.claim(timeout=seconds(arguments, "wait", -1)))
        if verb == "claim_many":
            jobs = queue.claim_many(int(arguments["count"]), timeout=seconds(arguments, "wait", -1))
            self.jobs.update((job.id, job) for job in jobs)
            return ok(count=len(jobs), payloads=b",".join(job.payload for job in jobs)) if jobs else "NONE"
        if verb == "result":
            return self.result(queue, arguments)
        if verb == "counts":
            return ok(**queue.counts()._asdict())
        if verb.startswith("batch"):
            return self.batch(queue, verb, arguments)
        if verb.startswith("schedule"):
            return self.schedule(queue, verb, arguments)
        return self.from_outside(queue, verb, arguments)

    def claimed(self, job: Optional[distcoord.Job]) -> str:
        if job is None:
            return "NONE"
        self.jobs[job.id] = job
        return ok(
            id=job.id, payload=job.payload, task=job.task, attempt=job.attempt, priority=job.priority, fence=job.fence,
            attempts=job.max_attempts, timeout=round((job.timeout or 0) * 1000), type=job.content_type, batch=job.batch,
            queue=job.queue, headers=",".join(f"{name}:{value}" for name, value in sorted(job.headers.items())))

    @staticmethod
    def result(queue: distcoord.Queue, arguments: Arguments) -> str:
        try:
            result = queue.result(arguments["id"].decode(), timeout=seconds(arguments, "wait", -1))
        except distcoord.JobFailed as failed:
            return ok(state="dead", result=failed.message, error=failed.error_type, traceback=bool(failed.traceback),
                      attempts=failed.attempts)
        except distcoord.JobCancelled as cancelled:
            return ok(state="cancelled", result=cancelled.reason, error="", traceback=False)
        except distcoord.JobSkipped as skipped:
            return ok(state="skipped", result=skipped.reason, error="", traceback=False)
        return ok(state="completed", result=result, error="", traceback=False)

    @staticmethod
    def from_outside(queue: distcoord.Queue, verb: str, arguments: Arguments) -> str:
        """What belongs to the queue, and its jobs as others see them."""
        id = text(arguments, "id")
        if verb in ("pause", "resume"):
            getattr(queue, verb)()
        elif verb == "limit_keys":
            queue.set_key_limit(int(arguments["to"]))
        elif verb == "limit_rate":
            queue.set_rate_limit(int(arguments["to"]), seconds(arguments, "per", 1.0))
        elif verb == "list":
            jobs = queue.jobs(text(arguments, "state", "waiting"), int(arguments.get("offset", b"0")),
                              int(arguments.get("limit", b"100")))
            return ok(count=len(jobs), ids=",".join(job.id for job in jobs))
        elif verb == "inspect":
            job = queue.inspect(id)
            return ok(
                state=job.state, task=job.task, priority=job.priority, attempt=job.attempt,
                progress=-1 if job.progress is None else job.progress, text=job.progress_text,
                cancelling=job.cancelling, error=job.error_type, message=job.error_message,
                needs=",".join(job.capabilities), worker=job.worker, unique=job.unique, key=job.concurrency_key,
                batch=job.batch, waits_for=job.waits_for)
        elif verb == "cancel":
            return ok(runs=queue.cancel_job(id, text(arguments, "reason")))
        elif verb == "retry":
            return ok(count=queue.retry_dead(id))
        elif verb == "promote":
            queue.promote(id)
        elif verb == "purge":
            return ok(count=queue.purge(text(arguments, "state", "dead"), id))
        else:
            return "UNKNOWN_REQUEST"
        return "OK"

    @staticmethod
    def batch(queue: distcoord.Queue, verb: str, arguments: Arguments) -> str:
        batch = queue.batch(text(arguments, "id"))
        if verb == "batch_seal":
            batch.seal()
            return "OK"
        try:
            status, counts = "OK", batch.wait(timeout=seconds(arguments, "wait", -1))
        except distcoord.BatchTimeout as late:
            status, counts = "TIMED_OUT", late.counts
        return status + ok(
            total=counts.total, completed=counts.completed, failed=counts.failed, cancelled=counts.cancelled,
            sealed=counts.sealed).removeprefix("OK")

    @staticmethod
    def schedule(queue: distcoord.Queue, verb: str, arguments: Arguments) -> str:
        name = text(arguments, "as", "")
        if verb == "schedule":
            queue.schedule(name, arguments.get("payload", b""), every=seconds(arguments, "every", 0) or None,
                           cron=text(arguments, "cron"), time_zone=text(arguments, "zone", "UTC"))
            return "OK"
        if verb == "schedule_remove":
            return "OK" if queue.unschedule(name) else "NOT_FOUND"
        found = queue.schedules()
        first = found[0] if found else None
        return ok(
            count=len(found), name=first.name if first else "", every=round((first.every or 0) * 1000) if first else 0,
            cron=first.cron if first else "", zone=first.time_zone if first else "", next=ms(first and first.next),
            runs=first.runs if first else 0)

    @staticmethod
    def cron(verb: str, name: str, arguments: Arguments) -> str:
        found = distcoord.cron_next(
            text(arguments, "line", ""), text(arguments, "zone", "UTC"), int(arguments.get("after", b"0")) / 1000)
        return ok(next=ms(found)) if found else "NOT_FOUND"

    def job(self, verb: str, id: str, arguments: Arguments) -> str:
        job = self.jobs.get(id)
        if job is None:
            return "UNKNOWN_JOB"
        if verb == "complete":
            job.complete(arguments.get("result", b""))
        elif verb == "fail":
            words = text(arguments, "message", "")
            # An exception tells more than words; the traceback is its own.
            kind = getattr(builtins, text(arguments, "error", ""), None)
            try:
                raise kind(words) if kind else distcoord.InvalidArgument(words)
            except Exception as error:  # pylint: disable=broad-except
                job.fail(error if kind else words, retry=arguments.get("retry") != b"no",
                         delay=seconds(arguments, "delay", 0) if "delay" in arguments else None)
        elif verb == "release":
            job.release(seconds(arguments, "delay", 0) if "delay" in arguments else None)
        elif verb == "cancelled":
            job.cancelled()
        elif verb == "progress":
            job.progress(int(arguments.get("percent", b"0")), text(arguments, "text"))
        elif verb == "lost":
            return ok(lost=job.lost.is_set())
        elif verb == "state":
            return ok(state="settled" if job.settled else "cancelling" if job.cancelling else
                      "expired" if job.expired else "lost" if job.lost.is_set() else "claimed")
        else:
            return "UNKNOWN_REQUEST"
        return "OK"
