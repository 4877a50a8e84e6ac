"""Channels and topics from C: publishing, consuming, and how long a message is under way."""

from __future__ import annotations

from harness.context import Context, Row, compare

PAYLOAD = 200
XADD = ("XADD", "bench:bare", "MAXLEN", "~", "100000", "*", "d", "x" * PAYLOAD)


def flushed(context: Context, measure):
    def run() -> float:
        result = measure()
        context.server.flush()
        return result

    return run


def publish(context: Context) -> list[Row]:
    milliseconds = int(300 * context.scale)
    got = context.in_turns(
        times=3,
        ours=flushed(context, lambda: context.program(
            "programs/topic_publish.c", 1, 1, milliseconds, PAYLOAD)["messages"][0]),
        floor=flushed(context, lambda: context.program(
            "programs/topic_publish.c", "bare", 1, milliseconds, PAYLOAD)["messages"][0]))
    return [compare("durable publish, C, 1 thread", got["ours"], got["floor"], "messages/s", 0.7,
                    floor_name="hiredis, bare XADD MAXLEN ~")]


def publish_threads(context: Context) -> list[Row]:
    milliseconds, requests = int(500 * context.scale), int(60000 * context.scale)
    got = context.in_turns(
        ours=flushed(context, lambda: context.program(
            "programs/topic_publish.c", 16, 1, milliseconds, PAYLOAD)["messages"][0]),
        bare=flushed(context, lambda: context.program(
            "programs/topic_publish.c", "bare", 16, milliseconds, PAYLOAD)["messages"][0]),
        floor=flushed(context, lambda: context.redis_benchmark(requests, 16, 1, *XADD)))
    return [compare("durable publish, C, 16 threads", got["ours"], got["floor"], "messages/s", 0.7,
                    floor_name="redis-benchmark -c 16, bare XADD MAXLEN ~"),
            compare("durable publish, C, 16 threads", got["ours"], got["bare"], "messages/s",
                    floor_name="hiredis, bare XADD from 16 threads")]


def publish_many(context: Context) -> list[Row]:
    milliseconds, requests = int(300 * context.scale), int(200000 * context.scale)
    got = context.in_turns(
        ours=flushed(context, lambda: context.program(
            "programs/topic_publish.c", 1, 500, milliseconds, PAYLOAD)["messages"][0]),
        floor=flushed(context, lambda: context.redis_benchmark(requests, 1, 500, *XADD)))
    return [compare("durable publish_many of 500, C, 1 thread", got["ours"], got["floor"], "messages/s",
                    floor_name="redis-benchmark -P 500, bare XADD")]


def consume(context: Context) -> list[Row]:
    messages = int(20000 * context.scale) // 500 * 500 or 500
    rows = []
    for consumers in (1, 8):
        got = context.in_turns(
            ours=flushed(context, lambda: context.program(
                "programs/topic_consume.c", consumers, messages, PAYLOAD)["messages"][0]),
            floor=flushed(context, lambda: context.program(
                "programs/topic_consume.c", "bare", messages, PAYLOAD)["messages"][0]))
        rows.append(compare(f"take and acknowledge one by one, {consumers} consumers", got["ours"], got["floor"],
                            "messages/s", floor_name="hiredis, XREADGROUP COUNT 64 and XACK"))
    return rows


def latency(context: Context) -> list[Row]:
    rows = []
    for kind, name in (("channel", "a channel's message"), ("topic", "a topic's message to a subscription"),
                       ("consumer", "a topic's message to a waiting consumer")):
        got = flushed(context, lambda kind=kind: context.program(
            "programs/topic_latency.c", kind, context.rounds, int(200 * context.scale)))()
        rows.append(compare(f"{name}, p50", got["ours"], got["floor"], "us", floor_name="one bare PUBLISH"))
        rows.append(compare(f"{name}, p99", got["ours99"], got["floor99"], "us", floor_name="one bare PUBLISH"))
    return rows


BENCHMARKS = {
    "topic-publish": publish, "topic-publish-threads": publish_threads, "topic-publish-many": publish_many,
    "topic-consume": consume, "topic-latency": latency,
}
