"""A private server, the Redis protocol, and the project's Lua scripts, for tests of script contracts."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from typing import Optional, Union

CORE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Sources", "DistCoordCore")
Value = Union[int, bytes, None, list]


class ServerError(Exception):
    """An error answer."""


class Connection:
    """One connection; answers are ints, bytes, None and lists."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(path)
        self._input = self._socket.makefile("rb")

    def send(self, *words: Union[str, bytes, int]) -> None:
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self._socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))

    def read(self) -> Value:
        line = self._input.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise ServerError(rest.decode())
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._input.read(int(rest) + 2)[:-2]
        return [self.read() for _ in range(int(rest))]

    def __call__(self, *words: Union[str, bytes, int]) -> Value:
        self.send(*words)
        return self.read()

    def message(self, seconds: float = 0.2) -> Optional[bytes]:
        """The payload of the next published message; None when none comes in time."""
        self._socket.settimeout(seconds)
        try:
            answer = self.read()
            return answer[2] if isinstance(answer, list) and answer[0] == b"message" else None
        except (socket.timeout, TimeoutError):
            self._input = self._socket.makefile("rb")
            return None
        finally:
            self._socket.settimeout(10)


class Server:
    """A redis-server on a unix socket in a temporary folder."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="dcscripts-")
        self.path = os.path.join(self.folder, "redis.sock")
        self._process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "", "--appendonly", "no", "--dir",
             self.folder], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                Connection(self.path)("PING")
                return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    self.stop()
                    raise SystemExit("redis-server did not start; is it installed?") from None
                time.sleep(0.02)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def assemble(name: str) -> str:
    """A script with its parts put in, as Mailbox/ScriptLibrary.swift does it."""
    for room in os.listdir(CORE):
        path = os.path.join(CORE, room, "Lua", name + ".lua")
        if os.path.exists(path):
            break
    else:
        raise FileNotFoundError(name + ".lua")
    lines = []
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n"):
            code = line.lstrip()
            if code.startswith("-- include "):
                lines.append(assemble(code[len("-- include "):]))
            elif code and not code.startswith("--"):
                lines.append(code)
    return "\n".join(lines)
