"""Queues from C: pushing, draining, picking up when idle, and memory per waiting job."""

from __future__ import annotations

import os
from statistics import median

from harness.capture import record, template
from harness.context import FOLDER, Context, Row, compare

PAYLOAD = 200


def captured_push(context: Context):
    """The command by which one job is pushed, as a template."""
    commands = record(context.server, lambda: context.program("programs/push_some.c", 4, PAYLOAD))
    payload = b"x" * PAYLOAD
    pushes = [c for c in commands if c[0].upper() == b"EVALSHA" and any(payload in argument for argument in c)]
    if len(pushes) < 2:
        raise RuntimeError("no push was seen by MONITOR")
    context.server.flush()
    return template(pushes)


def flushed(context: Context, measure):
    def run() -> float:
        result = measure()
        context.server.flush()
        return result

    return run


def single(context: Context) -> list[Row]:
    same = captured_push(context)
    path = os.path.join(context.server.folder, "push.template")
    same.write(path)
    milliseconds = int(200 * context.scale)
    got = context.in_turns(
        times=3,
        ours=flushed(context, lambda: context.program("programs/push.c", 1, 1, milliseconds, PAYLOAD)["jobs"][0]),
        floor=flushed(context, lambda: context.program("programs/replay.c", path, 1, milliseconds)["commands"][0]))
    return [compare("push, C, 1 thread", got["ours"], got["floor"], "jobs/s",
                    floor_name="hiredis, same script one at a time")]


def threads(context: Context) -> list[Row]:
    command = captured_push(context).for_redis_benchmark()
    milliseconds, requests = int(500 * context.scale), int(60000 * context.scale)
    got = context.in_turns(
        ours=flushed(context, lambda: context.program("programs/push.c", 16, 1, milliseconds, PAYLOAD)["jobs"][0]),
        floor=flushed(context, lambda: context.redis_benchmark(requests, 16, 1, *command)))
    return [compare("push, C, 16 threads", got["ours"], got["floor"], "jobs/s", 0.7,
                    floor_name="redis-benchmark -c 16, same script")]


def many(context: Context) -> list[Row]:
    sha = context.server.load_script(os.path.join(FOLDER, "lua", "store_job.lua"))
    payload = "x" * PAYLOAD
    milliseconds, requests = int(500 * context.scale), int(200000 * context.scale)
    command = ["EVALSHA", sha, "2", "{bench}:jobs", "{bench}:ready", "__rand_int__0123456789", payload]
    got = context.in_turns(
        ours=flushed(context, lambda: context.program("programs/push.c", 1, 100, milliseconds, PAYLOAD)["jobs"][0]),
        floor=flushed(context, lambda: context.redis_benchmark(requests, 1, 100, *command)))
    return [compare("push_many(100), C, 1 thread", got["ours"], got["floor"], "jobs/s", 0.7,
                    floor_name="redis-benchmark -c 1 -P 100, a script that stores the same bytes")]


def drain(context: Context) -> list[Row]:
    folder = os.path.join(FOLDER, "lua")
    fill = context.server.load_script(os.path.join(folder, "fill.lua"))
    process = context.server.load_script(os.path.join(folder, "process_job.lua"))
    jobs = int(100000 * context.scale)

    def floor() -> float:
        # A few more: redis-benchmark sends whole pipelines.
        context.server.cli("evalsha", fill, "2", "{bench}:jobs", "{bench}:ready", str(jobs + 1000), str(PAYLOAD))
        keys = ["{bench}:jobs", "{bench}:ready", "{bench}:"]
        return context.redis_benchmark(jobs, 1, 50, "EVALSHA", process, "3", *keys)

    def ours(workers: int, batch: int, count: int):
        return lambda: context.program("programs/drain.c", workers, batch, count, PAYLOAD)["jobs"][0]

    def worker(style: str, workers: int, count: int):
        return lambda: context.program("programs/worker_drain.c", style, workers, count, PAYLOAD)["jobs"][0]

    got = context.in_turns(
        run=flushed(context, worker("run", 1, jobs)), next=flushed(context, worker("next", 1, jobs)),
        one=flushed(context, ours(1, 50, jobs)), two=flushed(context, ours(2, 50, jobs)),
        single=flushed(context, ours(1, 1, jobs // 10)), floor=flushed(context, floor))
    name = "redis-benchmark -c 1 -P 50, a script with the same reads and writes"
    return [compare("no-op jobs, worker_run, C", got["run"], got["floor"], "jobs/s", 0.5, floor_name=name),
            compare("  worker_next and worker_done", got["next"], got["floor"], "jobs/s", 0.5, floor_name=name),
            compare("claim(50)+complete_many, C", got["one"], got["floor"], "jobs/s", 0.5, floor_name=name),
            compare("  the same, 2 threads", got["two"], got["floor"], "jobs/s", floor_name=name),
            compare("  claim+complete singly", got["single"], got["floor"], "jobs/s", floor_name=name)]


def pickup(context: Context) -> list[Row]:
    got = context.program("programs/wakeup.c", "queue", context.rounds, int(100 * context.scale))
    return [compare("idle pick-up, p50", got["ours"], got["floor"], "us", 2, False, "bare PUBLISH to subscriber"),
            Row("idle pick-up, p99", median(got["ours99"]), median(got["floor99"]), "us", None, 1000, False,
                "the same")]


def memory(context: Context) -> list[Row]:
    jobs = int(100000 * context.scale)
    context.server.flush()
    context.program("programs/push.c", "fill", 1, PAYLOAD)
    context.server.flush()
    before = context.server.used_memory()
    context.program("programs/push.c", "fill", jobs, PAYLOAD)
    each = (context.server.used_memory() - before) / jobs
    return [Row("memory per waiting job of 200 bytes", each, PAYLOAD, "bytes", None, 330, False, "the payload")]


BENCHMARKS = {"push-single": single, "push-threads": threads, "push-many": many, "drain": drain, "pickup": pickup,
              "memory": memory}
