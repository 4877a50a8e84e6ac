"""Ctrl-C and other signals while the main thread waits inside the library."""

from __future__ import annotations

import signal
import socket
import time

import pytest
from support import Child, Server, eventually, promptly

import distcoord
from distcoord import _interrupt

BLOCKED = {
    "lock": "client.lock('x').acquire()",
    "lock, timed": "client.lock('x').acquire(timeout=60)",
    "lock, with": "client.lock('x').__enter__()",
    "rlock": "client.rlock('x').acquire()",
    "several locks": "client.multilock(['x', 'y']).acquire()",
    "decorated": "client.locked('x')(print)()",
    "reading": "client.rwlock('w').read().acquire()",
    "writing, with": "client.rwlock('w').write().__enter__()",
    "semaphore": "client.semaphore('s', 1).acquire()",
    "semaphore, with": "client.bounded_semaphore('s', 1).__enter__()",
    "election": "client.election('e').campaign()",
    "observe": "next(client.election('e').observe(known_term=client.election('e').leader().term))",
    "barrier": "client.barrier('b', 2).wait()",
    "barrier with an action": "client.barrier('b', 2, print).wait()",
    "event": "client.event('e').wait()",
    "latch": "client.latch('l', 2).wait()",
    "double barrier": "client.double_barrier('d', 2).enter()",
    "limiter": "client.limiter('l', 1, per=600).acquire() and client.limiter('l', 1, per=600).acquire()",
    "group": "list(client.membership('g').watch())",
    "breaker": "list(client.breaker('b').watch())",
    "claim": "client.queue('q').claim()",
    "claim_many": "client.queue('q').claim_many(10)",
    "result": "client.queue('held').result('never-ends')",
    "batch": "client.queue('held').batch('never-done').wait()",
    "lost": "held = client.lock('held'); held.acquire(); held.lost.wait()",
    "permit lost": "held = client.semaphore('own', 1); held.acquire(); held.lost.wait()",
    "membership lost": "member = client.membership('g'); member.join(); member.lost.wait()",
    "job lost": "client.queue('one').push('x'); job = client.queue('one').claim(); job.lost.wait()",
}


def _interrupts(child: Child, begins: str) -> float:
    """How long a wait takes to end on Ctrl-C."""
    child.expect(begins)
    time.sleep(0.2)
    began = time.monotonic()
    child.signal(signal.SIGINT)
    child.expect("interrupted")
    return time.monotonic() - began


@pytest.mark.parametrize("call", BLOCKED.values(), ids=list(BLOCKED))
def test_ctrl_c_ends_any_wait(call: str, client: distcoord.Client, server: Server, namespace: str) -> None:
    lock, election = client.lock("x"), client.election("e")
    writing, semaphore = client.rwlock("w").write(), client.semaphore("s", 1)
    for handle in (lock, writing, semaphore):
        handle.acquire()
    election.campaign()
    client.queue("held").push("x", id="never-ends", delay=600, batch="never-done")
    program = f"""
client.ping()
try:
    say("waits")
    {call}
    say("went on")
except KeyboardInterrupt:
    say("interrupted")
say(f"ping {{client.ping() >= 0}}")
"""
    def interrupt() -> float:
        with Child(server, namespace, program) as child:
            took = _interrupts(child, "waits")
            child.expect("ping True")
            assert child.finish() == 0
        return took

    promptly(interrupt)
    info = lock.inspect()
    assert info is not None and info.waiters == 0
    leader = election.leader()
    assert leader is not None and leader.candidates == 0
    assert client.queue("q").counts().claimers == 0
    assert client.rwlock("w").inspect().waiters == 0 and semaphore.inspect().waiters == 0
    for handle in (lock, writing, semaphore):
        handle.release()
    election.resign()


@pytest.mark.parametrize("call", [
    "client.ping()", "client.queue('q').push('x')", "client.queue('q').counts()", "client.lock('x').acquire()",
    "client.lock('x').inspect()", "client.check()",
])
def test_ctrl_c_ends_a_call_that_the_server_does_not_answer(call: str, own_server: Server, namespace: str) -> None:
    program = f"""
client.ping()
say("ready")
input()
try:
    say("calls")
    {call}
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
                return _interrupts(child, "calls")
            finally:
                process.send_signal(signal.SIGCONT)

    promptly(interrupt)


@pytest.mark.parametrize("call", ["ping()", "lock('x').acquire()", "queue('q').push('x')"])
def test_ctrl_c_ends_connecting(call: str, server: Server, namespace: str) -> None:
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filling in (first, second):  # now the kernel answers no more connections for it
            filling.setblocking(False)
            filling.connect_ex(deaf.getsockname())
        program = f"""
away = distcoord.connect("redis://127.0.0.1:{deaf.getsockname()[1]}")
try:
    say("calls")
    away.{call}
except KeyboardInterrupt:
    say("interrupted")
"""
        def interrupt() -> float:
            with Child(server, namespace, program) as child:
                took = _interrupts(child, "calls")
                assert child.finish() == 0
            return took

        promptly(interrupt)


def test_an_exception_that_comes_with_the_grant_gives_it_back(client: distcoord.Client) -> None:
    lock, election, barrier = client.lock("x"), client.election("e"), client.barrier("b", 1)
    queue, double = client.queue("q"), client.double_barrier("d", 1)
    queue.push("x")
    rwlock, semaphore, several = client.rwlock("w"), client.semaphore("s", 1), client.multilock(["y", "z"])
    calls = [
        lock.acquire, election.campaign, barrier.wait, queue.claim, lambda: queue.claim_many(5), several.acquire,
        rwlock.read().acquire, rwlock.write().acquire, semaphore.acquire, double.enter, client.event("e").set]
    for call in calls:
        _interrupt.pending.append(KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            call()
        assert not _interrupt.pending
    assert not lock.locked() and not several.locked() and election.leader() is None and not double.is_inside
    assert rwlock.inspect() == (0, 0, 0) and semaphore.inspect().used == 0
    job = queue.claim(timeout=5)
    assert job is not None and job.attempt == 1


def test_an_unhandled_ctrl_c_ends_the_program(client: distcoord.Client, server: Server, namespace: str) -> None:
    with client.lock("x"):
        with Child(server, namespace, "client.ping(); say('waits'); client.lock('x').acquire()") as child:
            child.expect("waits")
            time.sleep(0.1)
            child.signal(signal.SIGINT)
            assert child.finish() == -signal.SIGINT
            assert "KeyboardInterrupt" in child.errors()


def test_handlers_run_during_a_wait_and_the_wait_goes_on(
    client: distcoord.Client, server: Server, namespace: str,
) -> None:
    program = """
signal.signal(signal.SIGUSR1, lambda *_: say("handled"))
client.ping()
say("waits")
say(str(client.lock('x').acquire()))
"""
    lock = client.lock("x")
    lock.acquire()
    with Child(server, namespace, program) as child:
        child.expect("waits")
        eventually(lambda: (lock.inspect() or pytest.fail()).waiters == 1, "it waits")
        for _ in range(3):
            child.signal(signal.SIGUSR1)
            child.expect("handled")
        info = lock.inspect()
        assert info is not None and info.waiters == 1
        lock.release()
        child.expect("True")
        assert child.finish() == 0
        assert child.errors() == ""


def test_a_handlers_own_exception_comes_out_of_the_wait(
    client: distcoord.Client, server: Server, namespace: str,
) -> None:
    program = """
class Stop(Exception):
    pass
def stop(*_):
    raise Stop("now")
signal.signal(signal.SIGTERM, stop)
client.ping()
try:
    say("waits")
    client.queue('q').claim()
except Stop as error:
    say(f"stopped {error}")
"""
    with Child(server, namespace, program) as child:
        child.expect("waits")
        time.sleep(0.1)
        child.signal(signal.SIGTERM)
        child.expect("stopped now")
        assert child.finish() == 0


def test_a_handler_may_use_the_library(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
def handle(*_):
    client.queue('log').push('signal')
    client.queue('q').claim(timeout=0.7)
    say("handled")
signal.signal(signal.SIGUSR1, handle)
client.ping()
say("waits")
say(str(client.lock('x').acquire()))
"""
    lock = client.lock("x")
    lock.acquire()
    with Child(server, namespace, program) as child:
        child.expect("waits")
        eventually(lambda: (lock.inspect() or pytest.fail()).waiters == 1, "it waits")
        child.signal(signal.SIGUSR1)
        child.expect("handled")
        lock.release()
        child.expect("True")
        assert child.finish() == 0
        assert child.errors() == ""
    assert client.queue("log").counts().waiting == 1


def test_cancelling_from_a_handler(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
signal.signal(signal.SIGTERM, lambda *_: client.cancel())
client.ping()
try:
    say("waits")
    client.queue('q').claim()
except distcoord.Cancelled:
    say("cancelled")
"""
    with Child(server, namespace, program) as child:
        child.expect("waits")
        eventually(lambda: client.queue("q").counts().claimers == 1, "it waits")
        child.signal(signal.SIGTERM)
        child.expect("cancelled")
        assert child.finish() == 0


def test_ctrl_c_while_other_threads_wait(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
threading.Thread(target=lambda: client.queue('q').claim(), daemon=True).start()
client.ping()
try:
    say("waits")
    client.lock('x').acquire()
except KeyboardInterrupt:
    say("interrupted")
"""
    with client.lock("x"):
        with Child(server, namespace, program) as child:
            child.expect("waits")
            time.sleep(0.2)
            child.signal(signal.SIGINT)
            child.expect("interrupted")
            assert child.finish() == 0, child.errors()


def test_ctrl_c_is_not_lost_in_a_log_line(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
logged = distcoord.connect(log=lambda level, line: None, log_level=10)
lock = logged.lock('x')
logged.ping()
try:
    say("runs")
    while True:
        lock.acquire()
        lock.release()
except KeyboardInterrupt:
    say("interrupted")
"""
    for _ in range(10):
        with Child(server, namespace, program) as child:
            child.expect("runs")
            time.sleep(0.02)
            child.signal(signal.SIGINT)
            child.expect("interrupted")
            assert child.finish() == 0
            assert child.errors() == ""


def test_ctrl_c_with_a_log_function(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = """
logged = distcoord.connect(log=lambda level, line: None, log_level=10)
logged.ping()
try:
    say("waits")
    logged.lock('x').acquire()
except KeyboardInterrupt:
    say("interrupted")
"""
    with client.lock("x"):
        with Child(server, namespace, program) as child:
            child.expect("waits")
            time.sleep(0.2)
            child.signal(signal.SIGINT)
            child.expect("interrupted")
            assert child.finish() == 0, child.errors()
