"""A helper process gives back what a killed process held."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import Child, Server, eventually

import distcoord

HOLDER = """
guarded = distcoord.connect(guardian={guardian!r})
guarded.ping()
say(guarded.id)
lock, semaphore = guarded.lock("x", lease=60), guarded.semaphore("s", 1, lease=60)
lock.acquire()
semaphore.acquire()
say("holds")
input()
"""


def guardians(id: str) -> list[int]:
    """The guardians of a client."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if id.encode() in words and b"--client" in words:
            found.append(int(folder.name))
    return found


def ignores_interrupts(pid: int) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    ignored = next(int(line.split()[1], 16) for line in lines if line.startswith("SigIgn:"))
    return bool(ignored & 1 << signal.SIGINT - 1)


@pytest.mark.parametrize("guardian", [True, [sys.executable, "-m", "distcoord.guardian"]])
def test_what_a_killed_process_held_is_back_at_once(
    guardian: object, client: distcoord.Client, server: Server, namespace: str,
) -> None:
    with Child(server, namespace, HOLDER.format(guardian=guardian)) as child:
        id = child.line()
        child.expect("holds")
        eventually(lambda: guardians(id), "the guardian runs")
        assert client.lock("x").acquire(timeout=0) is False
        child.process.kill()
        began = time.monotonic()
        assert client.lock("x").acquire(timeout=10) is True
        assert client.semaphore("s", 1).acquire(timeout=10) is True
        assert time.monotonic() - began < 5, "long before the lease"
        eventually(lambda: not guardians(id), "it has done its work")


def test_it_ends_with_its_client(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = HOLDER.format(guardian=True) + "guarded.close(); say('closed'); input()"
    with Child(server, namespace, program) as child:
        id = child.line()
        child.expect("holds")
        eventually(lambda: guardians(id), "the guardian runs")
        child.tell()
        child.expect("closed")
        eventually(lambda: not guardians(id), "it has ended")


def test_ctrl_c_on_the_terminal_does_not_end_it(client: distcoord.Client, server: Server, namespace: str) -> None:
    with Child(server, namespace, HOLDER.format(guardian=True)) as child:
        id = child.line()
        child.expect("holds")
        [pid] = eventually(lambda: guardians(id), "the guardian runs")
        eventually(lambda: ignores_interrupts(pid), "it has begun")
        os.kill(pid, signal.SIGINT)
        assert os.getsid(pid) != os.getsid(child.process.pid), "it has a session of its own"
        child.process.kill()
        assert client.lock("x").acquire(timeout=10) is True


def test_nothing_is_started_without_a_hold_or_when_not_asked_for(
    client: distcoord.Client, server: Server, namespace: str,
) -> None:
    with distcoord.connect(server.url, namespace, guardian=True) as guarded:
        guarded.ping()
        assert guardians(guarded.id) == []
    with client.lock("x"):
        assert guardians(client.id) == []


def test_the_program(server: Server, namespace: str) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "distcoord.guardian", *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=60,
            env={**os.environ, "DISTCOORD_URL": server.url, "DISTCOORD_NAMESPACE": namespace})

    ended = subprocess.Popen(["true"])
    ended.wait()
    assert run("--pid", str(ended.pid), "--client", "nobody").returncode == 0
    assert run().returncode == 2
    nonsense = run("--pid", "-1", "--client", "nobody")
    assert nonsense.returncode == 1 and "distcoord.guardian: there is no process -1" in nonsense.stderr


@pytest.mark.parametrize("guardian", [[""], ["x" * 4097], ["x"] * 65, ["a\0"]])
def test_bad_guardians(guardian: list[str]) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        distcoord.connect("redis://127.0.0.1:1", guardian=guardian)
    with pytest.raises(TypeError):
        distcoord.connect("redis://127.0.0.1:1", guardian="distcoord guard")
