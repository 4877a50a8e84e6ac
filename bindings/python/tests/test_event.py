"""Events, which are `threading.Event`'s across processes."""

from __future__ import annotations

import pickle
import threading
import time

import pytest
from support import Child, Server, again_and_again, eventually, in_thread

import distcoord


def test_set_clear_and_wait(client: distcoord.Client, other: distcoord.Client) -> None:
    event, same = client.event("e"), other.event("e")
    assert not event.is_set() and event.wait(timeout=0) is False
    began = time.monotonic()
    assert event.wait(timeout=0.1) is False and time.monotonic() - began >= 0.09
    waits = [in_thread(handle.wait) for handle in (event, same, client.event("e"), event)]
    time.sleep(0.05)
    same.set()
    assert [wait() for wait in waits] == [True] * 4
    assert event.is_set() and event.wait() is True
    event.clear()
    assert not same.is_set() and same.wait(timeout=0) is False


def test_who_waits_goes_on_although_it_is_cleared_at_once(client: distcoord.Client, other: distcoord.Client) -> None:
    for _ in range(20):
        event, begins, ends = client.event("e"), threading.Event(), threading.Event()
        wait = in_thread(lambda: (begins.set(), event.wait(timeout=20), ends.set())[1])
        assert begins.wait(20)
        time.sleep(0.02)  # until it waits at the server, unless the machine stands still, which it does not each time
        for _ in range(3):
            setter = other.event("e")
            setter.set()
            setter.clear()
            if ends.wait(5):
                break
        assert wait() is True


def test_cancel(client: distcoord.Client) -> None:
    event = client.event("e")
    waiting = in_thread(event.wait)
    with again_and_again(event.cancel), pytest.raises(distcoord.Cancelled):
        waiting()


def test_it_survives_a_restart(own_server: Server, namespace: str) -> None:
    with distcoord.connect(own_server.url, namespace) as client:
        waiting = in_thread(client.event("e").wait)
        time.sleep(0.05)
        own_server.kill()
        own_server.start()
        client.event("e").set()
        assert waiting() is True


def test_it_pickles_by_name_and_names_are_checked(client: distcoord.Client) -> None:
    client.event("e").set()
    assert pickle.loads(pickle.dumps(client.event("e"))).is_set()
    with pytest.raises(distcoord.InvalidArgument):
        client.event("")
    with pytest.raises(distcoord.InvalidArgument):
        client.event("e").wait(timeout=-3)


def test_across_processes_and_forks(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
event = client.event("e")
process = os.fork()
say(f"{event.wait(timeout=20)}")
if process == 0:
    os._exit(0)
os.waitpid(process, 0)
"""
    with Child(server, namespace, program) as child:
        time.sleep(0.2)
        client.event("e").set()
        child.expect("True")
        child.expect("True")
        assert child.finish() == 0


def test_functions_of_the_package_use_a_client_of_the_environment(
    client: distcoord.Client, server: Server, namespace: str,
) -> None:
    program = """
default = distcoord.default_client()
assert default is distcoord.default_client() and default is not client
distcoord.event("e").set()
assert distcoord.latch("l", 2).count_down() == 1
with distcoord.bounded_semaphore("s", 1):
    pass
with distcoord.lock("x") as lock:
    assert distcoord.queue("q").push("x") and lock.owned()
async def main():
    async with distcoord.aio.lock("x"):
        assert await distcoord.aio.event("e").is_set()
asyncio = __import__("asyncio")
asyncio.run(main())
default.close()
assert distcoord.default_client() is not default
say(distcoord.election("x").name)
"""
    with Child(server, namespace, program) as child:
        child.expect("x")
        assert child.finish() == 0
    eventually(client.event("e").is_set, "it is set")
