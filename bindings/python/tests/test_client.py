"""Connecting, the client's own calls, and bad arguments."""

from __future__ import annotations

import builtins
import logging
import os
import pickle
import tempfile
import time
from pathlib import Path

import pytest
from support import Server, eventually, in_thread

import distcoord

NOWHERE = "unix:///nowhere/redis.sock"


def test_connecting_is_lazy() -> None:
    client = distcoord.connect(NOWHERE, connect_timeout=0.2, timeout=0.3)
    assert client.lock("x").owned() is False
    client.close()


def test_ping_answers_seconds(client: distcoord.Client) -> None:
    assert 0 <= client.ping() < 5


def test_attributes(client: distcoord.Client, server: Server, namespace: str) -> None:
    assert client.namespace == namespace
    assert str(server.socket) in client.url
    assert client.id
    assert namespace in repr(client) and "closed" not in repr(client)


def test_two_clients_have_two_identities(client: distcoord.Client, other: distcoord.Client) -> None:
    assert client.id != other.id


def test_namespaces_do_not_meet(client: distcoord.Client, server: Server, namespace: str) -> None:
    with distcoord.connect(server.url, namespace + "-other") as stranger:
        assert client.lock("x").acquire(timeout=0)
        assert stranger.lock("x").acquire(timeout=0)


def test_url_and_namespace_come_from_the_environment(
    server: Server, namespace: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISTCOORD_URL", server.url)
    monkeypatch.setenv("DISTCOORD_NAMESPACE", namespace)
    monkeypatch.setenv("DISTCOORD_LABEL", "from the environment")
    with distcoord.connect() as client:
        assert client.namespace == namespace
        with client.lock("x") as lock:
            info = lock.inspect()
            assert info is not None and info.holder == "from the environment"


def test_label_is_what_others_see(server: Server, namespace: str) -> None:
    with distcoord.connect(server.url, namespace, label="ann@ci") as client, client.lock("x") as lock:
        info = lock.inspect()
        assert info is not None and info.holder == "ann@ci"


def test_check_reports_a_good_server(client: distcoord.Client) -> None:
    health = client.check()
    assert health.state in ("healthy", "degraded")
    assert health.checks and all(check.name and check.detail for check in health.checks)
    assert client.health().state == health.state


def test_check_reports_no_server() -> None:
    with distcoord.connect(NOWHERE, connect_timeout=0.2, timeout=0.3) as client:
        assert client.check().state == "unhealthy"


def test_no_server_is_a_connection_error() -> None:
    client = distcoord.connect(NOWHERE, connect_timeout=0.2, timeout=0.3)
    began = time.monotonic()
    with pytest.raises(distcoord.ConnectionError) as caught:
        client.ping()
    assert time.monotonic() - began < 3
    assert isinstance(caught.value, builtins.ConnectionError)
    assert isinstance(caught.value, distcoord.ServerError)
    assert caught.value.retriable
    assert caught.value.status < 0
    client.close()


def test_wrong_password() -> None:
    folder = Path(tempfile.mkdtemp(prefix="distcoord-test-"))
    server = Server(folder, "--requirepass", "secret word")
    server.start()
    try:
        with distcoord.connect(server.url, password="secret word", timeout=2) as client:
            client.ping()
        for password in (None, "wrong"):
            client = distcoord.connect(server.url, password=password, timeout=2)
            with pytest.raises(distcoord.NotPermitted) as caught:
                client.ping()
            assert not caught.value.retriable
            assert "wrong" not in str(caught.value)
            client.close()
    finally:
        server.stop()


def test_password_never_shows() -> None:
    client = distcoord.connect("redis://user:hidden@127.0.0.1:1/0", connect_timeout=0.2, timeout=0.2)
    assert "hidden" not in client.url and "hidden" not in repr(client)
    with pytest.raises(distcoord.DistcoordError) as caught:
        client.ping()
    assert "hidden" not in str(caught.value)
    client.close()


@pytest.mark.parametrize("url", ["", "redis://host:99999", "ftp://host", "unix://", "redis://h/notanumber", "a\0b"])
def test_bad_urls(url: str) -> None:
    with pytest.raises(distcoord.InvalidArgument) as caught:
        distcoord.connect(url)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) > 10


@pytest.mark.parametrize("arguments", [
    {"namespace": ""}, {"namespace": "x" * 129}, {"namespace": "a\nb"}, {"label": "x" * 129}, {"label": "\0"},
    {"timeout": 0}, {"timeout": 601}, {"timeout": float("nan")}, {"connect_timeout": -1}, {"max_payload": 0},
    {"max_payload": 2**40}, {"user": "a\0b"}, {"namespace": "\ud800"},
])
def test_bad_options(arguments: dict[str, object]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        distcoord.connect(NOWHERE, **arguments)  # type: ignore[arg-type]


def test_wrong_types() -> None:
    with pytest.raises(TypeError):
        distcoord.connect(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        distcoord.connect(NOWHERE, log="file")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "x" * 513, "a\nb", "a\0b", "\ud800", "\x7f"])
def test_bad_names(client: distcoord.Client, name: str) -> None:
    for make in (client.lock, client.election, client.queue, lambda each: client.barrier(each, 2)):
        with pytest.raises(distcoord.InvalidArgument):
            make(name)


def test_names_may_be_any_text_and_kinds_do_not_collide(client: distcoord.Client) -> None:
    name = "ä {x}:日本 *" + "x" * 480
    with client.lock(name), client.election(name):
        client.queue(name).push("x")
        assert client.barrier(name, 1).wait() == 0


def test_names_of_the_wrong_type(client: distcoord.Client) -> None:
    with pytest.raises(TypeError):
        client.lock(b"x")  # type: ignore[arg-type]


def test_closing_ends_everything(server: Server, namespace: str) -> None:
    client = distcoord.connect(server.url, namespace)
    lock, queue = client.lock("x"), client.queue("q")
    assert lock.acquire()
    client.close()
    client.close()
    assert client.closed and "closed" in repr(client)
    for call in (lock.acquire, client.ping, queue.claim, queue.counts, lambda: queue.push("x")):
        with pytest.raises(distcoord.Closed):
            call()
    with distcoord.connect(server.url, namespace) as second:
        assert second.lock("x").acquire(timeout=0)


def test_closing_while_others_wait(server: Server, namespace: str, other: distcoord.Client) -> None:
    client = distcoord.connect(server.url, namespace)
    held = other.lock("x")
    assert held.acquire()
    waits = [
        in_thread(client.lock("x").acquire), in_thread(client.queue("q").claim), in_thread(client.barrier("b", 2).wait),
    ]
    eventually(lambda: other.queue("q").counts().claimers == 1, "the claimer waits")
    eventually(lambda: other.barrier("b", 2).n_waiting == 1, "the party waits")
    client.close()
    for wait in waits:
        with pytest.raises((distcoord.Cancelled, distcoord.Closed)):
            wait()


def test_cancel_ends_waits_and_nothing_else(client: distcoord.Client, other: distcoord.Client) -> None:
    held = other.lock("x")
    assert held.acquire()
    lock = client.lock("x")
    waiting = in_thread(lock.acquire)
    eventually(lambda: (held.inspect() or pytest.fail()).waiters == 1, "the waiter is there")
    client.cancel()
    with pytest.raises(distcoord.Cancelled):
        waiting()
    held.release()
    assert lock.acquire(timeout=1)


def test_the_end_of_a_with_block_closes_and_does_not_hide_errors(server: Server) -> None:
    with pytest.raises(KeyError):
        with distcoord.connect(server.url) as client:
            raise KeyError
    assert client.closed


def test_dropped_clients_go_away(server: Server, namespace: str) -> None:
    before = int(server.redis("INFO", "clients").split("connected_clients:")[1].split()[0])
    for _ in range(5):
        client = distcoord.connect(server.url, namespace)
        client.ping()
        del client
    eventually(
        lambda: int(server.redis("INFO", "clients").split("connected_clients:")[1].split()[0]) <= before + 1,
        "the connections are closed")


def test_dropped_clients_leave_no_threads(server: Server, namespace: str) -> None:
    def tasks() -> int:
        return len(os.listdir("/proc/self/task"))

    before = tasks()
    for number in range(10):
        client = distcoord.connect(server.url, f"{namespace}-{number}")
        with client.lock("x", lease=1):
            pass
        del client
    eventually(lambda: tasks() <= before + 1, "the library's threads have ended")


def test_log_lines_reach_the_callable(server: Server, namespace: str) -> None:
    lines: list[tuple[int, str]] = []
    with distcoord.connect(
        server.url, namespace, log=lambda level, line: lines.append((level, line)), log_level=logging.DEBUG,
    ) as client:
        with client.lock("logged"):
            pass
    assert lines
    assert all(level in (10, 20, 30, 40) and line and "\n" not in line for level, line in lines)


def test_log_level_and_logger(server: Server, namespace: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("distcoord.test")
    with caplog.at_level(logging.DEBUG, "distcoord.test"):
        with distcoord.connect(server.url, namespace, log=logger.log, log_level=logging.CRITICAL + 1) as client:
            with client.lock("x"):
                pass
        assert not caplog.records


def test_errors_pickle() -> None:
    client = distcoord.connect(NOWHERE, connect_timeout=0.1, timeout=0.1)
    with pytest.raises(distcoord.ConnectionError) as caught:
        client.ping()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is type(caught.value) and str(copy) == str(caught.value)
    assert (copy.status, copy.retriable) == (caught.value.status, caught.value.retriable)
    client.close()


def test_finding_the_queue_of_a_job(client: distcoord.Client) -> None:
    id = client.queue("one of many").push("x")
    found = client.find_job(id)
    assert found is not None and found.name == "one of many"
    assert client.find_job("never pushed") is None
