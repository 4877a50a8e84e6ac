"""Handles travel by name, under every start method of multiprocessing."""

from __future__ import annotations

import asyncio
import copy
import inspect
import logging
import multiprocessing
import multiprocessing.pool
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
from support import Server

import distcoord

METHODS = ["fork", "spawn", "forkserver"]


def through_pickle(value: object) -> object:
    return pickle.loads(pickle.dumps(value))


def use_handles(
    lock: distcoord.Lock, election: distcoord.Election, barrier: distcoord.Barrier, queue: distcoord.Queue,
    client: distcoord.Client,
) -> tuple[bool, bool, str, int]:
    """Runs in another process, with what was sent there."""
    held = lock.acquire(timeout=0)
    leads = election.campaign(timeout=0)
    id = queue.push(f"{lock.name} {lock.lease} {barrier.parties} {client.namespace}")
    barrier.wait(timeout=20)
    return held, leads, id, id_of(lock, election, barrier, queue)


def id_of(*handles: object) -> int:
    """How many clients the handles share."""
    return len({id(handle._client) for handle in handles})  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", METHODS)
def test_handles_work_in_other_processes(method: str, client: distcoord.Client) -> None:
    lock, election = client.lock("x", lease=20, timeout=3), client.election("e", value="v")
    barrier, queue = client.barrier("b", 2), client.queue("q", lease=12)
    assert lock.acquire()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        future = pool.submit(use_handles, lock, election, barrier, queue, client)
        barrier.wait(timeout=20)
        held, leads, id, clients = future.result(20)
    assert held is False, "the parent holds it; the unpickled handle does not"
    assert leads is True
    assert clients == 1
    job = queue.claim(timeout=5)
    assert job is not None and job.id == id
    assert job.payload.decode() == f"x 20 2 {client.namespace}"
    job.complete()


def meet(
    event: distcoord.Event, latch: distcoord.Latch, barrier: distcoord.DoubleBarrier, group: distcoord.Membership,
    state: distcoord.State[int], topic: distcoord.Topic[str], breaker: distcoord.Breaker, limiter: distcoord.Limiter,
) -> list[object]:
    """Runs in another process, with what was sent there."""
    with barrier:
        answers: list[object] = [event.wait(20), latch.count_down(), state.add("n", 2)]
        with group:
            answers += [len(group.members()), limiter.acquire(timeout=0), breaker.call(lambda: "called")]
        topic.publish("sent")
    return answers


@pytest.mark.parametrize("method", METHODS)
def test_what_processes_meet_at_and_share(method: str, client: distcoord.Client) -> None:
    handles: list[Any] = [
        client.event("e"), client.latch("l", 2), client.double_barrier("d", 2), client.membership("g", "v"),
        client.state("s", type=int), client.topic("t", type=str), client.breaker("b", failures=3),
        client.limiter("l", 1, per=60)]
    event, _, barrier, group, state, topic, _, limiter = handles
    state["n"] = 40
    assert limiter.acquire()
    with group, ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        future = pool.submit(meet, *handles)
        with barrier:
            event.set()
        assert future.result(20) == [True, 1, 42, 2, False, "called"]
    message = topic.subscribe(after="0").next(timeout=20)
    assert message is not None and message.value == "sent"


def drain(client: distcoord.Client, batch: distcoord.Batch) -> int:
    """Runs in another process: works until there is nothing more to do."""
    worker = client.worker("q", concurrency=2)
    worker.drain()
    assert worker.run(lambda job: job.payload)
    batch.wait(timeout=20)
    return worker.counts().processed


@pytest.mark.parametrize("method", METHODS)
def test_a_worker_in_each_process(method: str, client: distcoord.Client) -> None:
    queue = client.queue("q")
    with queue.batch() as batch:
        queue.push_many([distcoord.Push("x", batch=batch) for _ in range(200)])
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        done = list(pool.map(drain, [client, client], [batch, batch]))
    assert sum(done) == 200 and batch.counts().completed == 200


def increment(lock: distcoord.Lock, path: str) -> None:
    for _ in range(10):
        with lock:
            with open(path) as file:
                value = int(file.read())
            with open(path, "w") as file:
                file.write(str(value + 1))


@pytest.mark.parametrize("method", METHODS)
def test_a_lock_excludes_processes(
    method: str, client: distcoord.Client, tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("count") / "count"
    path.write_text("0")
    context = multiprocessing.get_context(method)
    processes = [context.Process(target=increment, args=(client.lock("x"), str(path))) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    assert path.read_text() == "40"


def test_equal_settings_share_one_client(client: distcoord.Client) -> None:
    first, second = through_pickle(client.lock("x")), through_pickle(client.queue("q"))
    assert isinstance(first, distcoord.Lock) and isinstance(second, distcoord.Queue)
    assert first._client is second._client
    again = through_pickle(client)
    assert again is first._client
    first._client.close()
    third = through_pickle(client.lock("x"))
    assert isinstance(third, distcoord.Lock) and third._client is not first._client
    assert third.acquire(timeout=0)
    third.release()
    third._client.close()


def test_an_unpickled_handle_has_the_arguments_but_not_the_grant(client: distcoord.Client) -> None:
    lock = client.lock("x", lease=33, renew=False, timeout=0.05)
    with lock:
        twin = through_pickle(lock)
        assert isinstance(twin, distcoord.Lock)
        assert (twin.name, twin.lease, twin.owned(), twin.fence) == ("x", 33, False, 0)
        with pytest.raises(distcoord.LockTimeout):
            with twin:
                pytest.fail("entered")
    assert isinstance(copy.copy(lock), distcoord.Lock)


def test_a_queue_pickles_with_all_its_options(client: distcoord.Client) -> None:
    queue = client.queue("q", lease=7, capabilities=["gpu", "big"], worker="w", steals=True, partitions=3)
    twin = through_pickle(queue)
    assert isinstance(twin, distcoord.Queue)
    assert twin._options == queue._options == (7, "gpu,big", "w", True, 3)
    twin._client.close()


def test_a_password_given_apart_is_not_pickled() -> None:
    apart = distcoord.connect("redis://127.0.0.1:1", user="ann", password="hidden one")
    assert b"hidden one" not in pickle.dumps(apart)
    inside = distcoord.connect("redis://ann:hidden-two@127.0.0.1:1")
    assert b"hidden-two" in pickle.dumps(inside)


def test_the_rest_of_the_settings_is_pickled(server: Server, namespace: str) -> None:
    logger = logging.getLogger("distcoord.pickled")
    with distcoord.connect(
        server.url, namespace, label="l", timeout=3, connect_timeout=2, max_payload=50, log=logger.log, log_level=30,
    ) as client:
        twin = through_pickle(client)
        assert isinstance(twin, distcoord.Client)
        assert twin._settings == client._settings
        with pytest.raises(distcoord.TooLarge):
            twin.queue("q").push("x" * 51)
        twin.close()


def test_a_log_function_without_a_name_does_not_pickle() -> None:
    client = distcoord.connect("redis://127.0.0.1:1", log=lambda level, line: None)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(client)


def handles(client: distcoord.Client) -> list[object]:
    """One of each kind of lock, for threads and for tasks."""
    rwlock = client.rwlock("rw", lease=20, owner="run-7")
    made: list[object] = [
        client.lock("x", 20, False, 3, owner="run-7", fair=False, linger=5, tracing=True), client.rlock("x", lease=20),
        client.multilock(["a", "b"], lease=20), rwlock, rwlock.read(timeout=3), rwlock.write(),
        client.semaphore("s", 3, lease=20), client.bounded_semaphore("s", 3, timeout=3)]
    aio, waiting = client.aio, client.aio.rwlock("rw", lease=20)
    made += [
        aio.lock("x", lease=20, linger=5), aio.rlock("x"), aio.multilock(["a", "b"]), waiting, waiting.read(timeout=3),
        waiting.write(), aio.semaphore("s", 3, lease=20), aio.bounded_semaphore("s", 3)]
    return made


def described(handle: object) -> tuple[object, ...]:
    """What a handle pickles as, without its client."""
    def plain(value: object) -> object:
        if isinstance(value, distcoord.Client):
            return value.namespace
        return described(value) if hasattr(value, "read") else value

    made, arguments = handle.__reduce__()  # type: ignore[misc]
    return made, *map(plain, arguments)


def test_all_kinds_of_locks_pickle_by_name(client: distcoord.Client) -> None:
    for handle in handles(client):
        twin = through_pickle(handle)
        assert type(twin) is type(handle)
        assert described(twin) == described(handle), handle
    twin = through_pickle(handles(client)[0])
    assert isinstance(twin, distcoord.Lock)
    assert twin._options == (20, False, 3, "run-7", False, 5, False, True)


def use_locks(sent: list[object]) -> list[bool]:
    """Runs in another process: tries each of them."""
    async def tried(handle: object) -> bool:
        if hasattr(handle, "inspect") and hasattr(handle, "read"):
            return False  # a read-write lock, whose sides come apart
        answer = handle.acquire(timeout=0)  # type: ignore[attr-defined]
        return bool(await answer if inspect.isawaitable(answer) else answer)

    async def main() -> list[bool]:
        return [await tried(handle) for handle in sent]

    return asyncio.run(main())


@pytest.mark.parametrize("method", METHODS)
def test_unpickled_locks_do_not_hold(method: str, client: distcoord.Client, other: distcoord.Client) -> None:
    sent = [handle for handle in handles(client) if not hasattr(handle, "read")]
    semaphore = other.semaphore("s", 3)
    with other.lock("x"), other.lock("b"), other.rwlock("rw").write():
        assert semaphore.acquire(count=3)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
            assert pool.submit(use_locks, sent).result(60) == [False] * len(sent)
        semaphore.release(3)


def test_what_is_held_does_not_pickle(client: distcoord.Client) -> None:
    with client.rwlock("x").read() as hold, client.semaphore("s", 1) as permit:
        for held in (hold, permit):
            with pytest.raises(TypeError, match="send the handle"):
                pickle.dumps(held)
