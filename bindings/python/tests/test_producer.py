"""Buffered producers."""

from __future__ import annotations

import gc
import pickle
import signal
import time

import pytest
from support import Child, Server, again_and_again, eventually, in_thread, promptly

import distcoord


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def all_jobs(queue: distcoord.Queue, count: int) -> list[distcoord.Job]:
    jobs: list[distcoord.Job] = []
    while len(jobs) < count:
        more = queue.claim_many(1_000, timeout=10)
        assert more, f"{len(jobs)} of {count} jobs came"
        jobs += more
    return jobs


def test_jobs_arrive_in_order_under_the_ids_that_were_returned(queue: distcoord.Queue) -> None:
    with queue.producer() as producer:
        ids = [producer.push(str(number), task="t") for number in range(500)]
        assert producer.push("own", id="own-id", priority=-1, headers={"a": "b"}) == "own-id"
        producer.flush()
        assert (producer.pending, producer.sent) == (0, 501)
    assert producer.closed
    jobs = all_jobs(queue, 501)
    assert [job.id for job in jobs] == [*ids, "own-id"]
    assert [job.payload for job in jobs[:-1]] == [str(number).encode() for number in range(500)]
    assert (jobs[0].task, jobs[-1].headers) == ("t", {"a": "b"})


def test_a_batch_is_sent_when_it_is_full_or_old(queue: distcoord.Queue) -> None:
    producer = queue.producer(batch_size=3, batch_timeout=60)
    for text in "ab":
        producer.push(text)
    assert queue.claim(timeout=0.2) is None and producer.pending == 2
    producer.push("c")
    assert [job.payload for job in all_jobs(queue, 3)] == [b"a", b"b", b"c"]
    producer.close()
    young = queue.producer(batch_size=1_000, batch_timeout=0.05)
    young.push("d")
    assert queue.claim(timeout=10) is not None
    young.close()


def test_threads_share_a_producer(queue: distcoord.Queue) -> None:
    ids: list[str] = []
    with queue.producer() as producer:
        def work() -> None:
            ids.extend([producer.push(b"x" * 200) for _ in range(2_000)])

        for wait in [in_thread(work) for _ in range(4)]:
            wait()
    assert len(set(ids)) == 8_000
    assert {job.id for job in all_jobs(queue, 8_000)} == set(ids)


def test_ids_are_right_when_a_signal_handler_pushes_too(server: Server, namespace: str) -> None:
    """Room for ids is used again; a handler that runs in the midst of a push must not have the same."""
    program = """
queue = client.queue("q")
producer = queue.producer()
taken = []
signal.signal(signal.SIGALRM, lambda *_: taken.append(producer.push("handler")))
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
ids = [producer.push("main") for _ in range(20_000)]
signal.setitimer(signal.ITIMER_REAL, 0)
producer.close()
assert len(set(ids + taken)) == len(ids) + len(taken) > len(ids), len(taken)
client.close()
say("right")
"""
    with Child(server, namespace, program) as child:
        child.expect("right")
        assert child.finish() == 0, child.errors()


def test_what_the_server_refuses_is_told_job_by_job(queue: distcoord.Queue) -> None:
    queue.push("x", id="known")
    producer = queue.producer()
    producer.push("a")
    producer.push("b", id="known")
    producer.push("c", after=["nobody"])
    with pytest.raises(distcoord.PushFailed) as caught:
        producer.flush()
    assert [failure.id for failure in caught.value.failures][0] == "known" and len(caught.value.failures) == 2
    assert caught.value.failures[0].status == 5 and caught.value.failures[0].message
    assert producer.failures() == [], "each is told once"
    producer.flush()
    producer.push("d", id="known")
    eventually(lambda: producer.pending == 0, "it was sent")
    assert [failure.id for failure in producer.failures()] == ["known"]
    producer.push("e", id="known")
    with pytest.raises(distcoord.PushFailed):
        producer.close()
    producer.close()
    with pytest.raises(distcoord.Closed):
        producer.push("f")


def test_bad_arguments_are_refused_at_once(queue: distcoord.Queue, server: Server, namespace: str) -> None:
    with queue.producer() as producer:
        for arguments in ({"priority": 2**31}, {"delay": -1}, {"unique": ""}):
            with pytest.raises(distcoord.InvalidArgument):
                producer.push("x", **arguments)
        with pytest.raises(TypeError):
            producer.push(5)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            producer.push("x", colour="red")  # type: ignore[call-arg]
    with distcoord.connect(server.url, namespace, max_payload=100) as small:
        with small.queue("q").producer() as producer, pytest.raises(distcoord.TooLarge):
            producer.push("x" * 101)
    assert queue.counts().waiting == 0
    for options in (
        {"batch_size": 0}, {"batch_size": 1_001}, {"batch_timeout": -1}, {"batch_timeout": 61}, {"capacity": 0},
        {"capacity_bytes": 0}, {"retry": -2},
    ):
        with pytest.raises(distcoord.InvalidArgument):
            queue.producer(**options)  # type: ignore[arg-type]


def test_a_full_buffer_refuses_or_waits(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client:
        queue = client.queue("q")
        queue.push("first")
        assert own_server.process is not None
        refuses = queue.producer(batch_size=10, capacity=20, blocks=False)
        waits = queue.producer(batch_size=10, capacity=20)
        own_server.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(distcoord.ProducerFull) as caught:
                for number in range(1_000):
                    refuses.push(str(number))
            assert caught.value.retriable and refuses.pending >= 20
            with pytest.raises(distcoord.FlushTimeout) as late:
                refuses.flush(timeout=0.1)
            assert isinstance(late.value, TimeoutError)
            ids: list[str] = []
            pushing = in_thread(lambda: ids.extend([waits.push(str(number)) for number in range(100)]))
            eventually(lambda: waits.pending >= 20, "the buffer is full")
            assert len(ids) < 100
        finally:
            own_server.process.send_signal(signal.SIGCONT)
        pushing()
        waits.close()
        refuses.close()
        assert queue.counts().waiting == 1 + 100 + refuses.sent


def test_a_wait_for_room_can_be_cancelled(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client:
        producer = client.queue("q").producer(batch_size=1, capacity=1)
        producer.push("first")
        producer.flush()
        assert own_server.process is not None
        own_server.process.send_signal(signal.SIGSTOP)
        try:
            pushing = in_thread(lambda: [producer.push("x") for _ in range(100)])
            with again_and_again(producer.cancel), pytest.raises(distcoord.Cancelled):
                pushing()
        finally:
            own_server.process.send_signal(signal.SIGCONT)
        producer.close()


def test_jobs_outlive_a_restart_of_the_server(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client:
        queue = client.queue("q")
        with queue.producer() as producer:
            ids = [producer.push("x") for _ in range(100)]
            producer.flush()
            own_server.kill()
            ids += [producer.push("y") for _ in range(100)]
            time.sleep(0.3)  # batches are tried meanwhile
            own_server.start()
        assert {job.id for job in all_jobs(queue, 200)} == set(ids)


def test_jobs_that_could_not_be_sent_in_time_are_told(own_server: Server, namespace: str) -> None:
    client = distcoord.connect(own_server.url, namespace, timeout=0.5, connect_timeout=0.5)
    producer = client.queue("q").producer(retry=0.2)
    own_server.kill()
    ids = [producer.push("x") for _ in range(10)]
    with pytest.raises(distcoord.PushFailed) as caught:
        producer.flush(timeout=20)
    assert [failure.id for failure in caught.value.failures] == ids
    assert caught.value.failures[0].status < 0
    producer.close()
    client.close()


def test_closing_the_client_sends_what_is_in_the_buffer(
    server: Server, namespace: str, queue: distcoord.Queue,
) -> None:
    with distcoord.connect(server.url, namespace) as own:
        producer = own.queue("q").producer(batch_timeout=60)
        producer.push("x")
    assert producer.closed and producer.sent == 1
    assert queue.counts().waiting == 1


def test_a_program_that_ends_sends_what_is_in_the_buffer(
    server: Server, namespace: str, queue: distcoord.Queue,
) -> None:
    program = """
producer = client.queue("q").producer(batch_timeout=60)
for _ in range(120):
    producer.push("x")
"""
    with Child(server, namespace, program) as child:
        assert child.finish() == 0, child.errors()
        assert child.errors() == ""
    assert queue.counts().waiting == 120


def test_a_dropped_producer_sends_what_is_in_its_buffer(client: distcoord.Client, queue: distcoord.Queue) -> None:
    producer = client.queue("q").producer(batch_timeout=60)
    producer.push("x")
    del producer
    gc.collect()
    assert queue.claim(timeout=10) is not None


def test_a_forked_child_has_an_empty_buffer(client: distcoord.Client, queue: distcoord.Queue) -> None:
    from test_fork import in_child

    producer = queue.producer(batch_timeout=60)
    producer.push("parent")

    def child() -> None:
        assert producer.pending == 0
        producer.push("child")
        producer.flush()

    in_child(child)
    job = queue.claim(timeout=10)
    assert job is not None and job.payload == b"child"
    assert queue.claim(timeout=0) is None
    producer.close()
    assert [job.payload for job in all_jobs(queue, 1)] == [b"parent"]


def test_a_producer_pickles_with_its_options_and_empty(queue: distcoord.Queue) -> None:
    producer = queue.producer(batch_size=7, batch_timeout=60, blocks=False)
    producer.push("x")
    twin = pickle.loads(pickle.dumps(producer))
    assert isinstance(twin, distcoord.Producer) and twin._options == producer._options
    assert (twin.pending, twin.queue.name) == (0, "q")
    twin.queue._client.close()
    producer.close()


def test_ctrl_c_ends_the_waits_of_a_producer(own_server: Server, namespace: str) -> None:
    program = """
producer = client.queue("q").producer(batch_size=1, capacity=1)
client.ping()
say("ready")
input()
for call in (lambda: [producer.push("x") for _ in range(1000)], lambda: producer.flush()):
    try:
        say("waits")
        call()
        say("went on")
    except KeyboardInterrupt:
        say("interrupted")
os._exit(0)
"""
    process = own_server.process
    assert process is not None

    def interrupt() -> float:
        with Child(own_server, namespace, program) as child:
            child.expect("ready")
            process.send_signal(signal.SIGSTOP)
            try:
                child.tell()
                return max(_interrupts(child) for _ in range(2))
            finally:
                process.send_signal(signal.SIGCONT)

    promptly(interrupt)


def _interrupts(child: Child) -> float:
    child.expect("waits")
    time.sleep(0.2)
    began = time.monotonic()
    child.signal(signal.SIGINT)
    child.expect("interrupted")
    return time.monotonic() - began
