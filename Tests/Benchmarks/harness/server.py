"""A private redis-server on a unix socket in a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time


class Server:
    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="dcbench-")
        self.socket = os.path.join(self.folder, "redis.sock")
        self.url = "unix://" + self.socket
        self._process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no",
             "--dir", self.folder, "--logfile", os.path.join(self.folder, "redis.log")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while self._try_ping() != "PONG":
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                raise SystemExit("redis-server did not start; is it installed?")
            time.sleep(0.02)

    def _try_ping(self) -> str:
        done = subprocess.run(["redis-cli", "-s", self.socket, "ping"], capture_output=True, text=True)
        return done.stdout.strip()

    def cli(self, *arguments: str) -> str:
        """Runs one command through redis-cli and returns its answer as text; an error answer ends the benchmark."""
        done = subprocess.run(["redis-cli", "-e", "-s", self.socket, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"redis-cli {' '.join(arguments)[:120]}: {done.stdout}{done.stderr}".strip())
        return done.stdout.strip()

    def flush(self) -> None:
        """Empties the database; scripts stay."""
        self.cli("flushall", "sync")

    def load_script(self, path: str) -> str:
        """Loads a Lua file and returns its digest."""
        with open(path, encoding="utf-8") as file:
            return self.cli("script", "load", file.read())

    def used_memory(self) -> int:
        for line in self.cli("info", "memory").splitlines():
            if line.startswith("used_memory:"):
                return int(line.split(":")[1])
        raise RuntimeError("no used_memory in INFO")

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
