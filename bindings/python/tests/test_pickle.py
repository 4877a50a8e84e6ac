"""Handles travel by name, under every start method of multiprocessing."""

from __future__ import annotations

import copy
import logging
import multiprocessing
import multiprocessing.pool
import pickle
from concurrent.futures import ProcessPoolExecutor

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
