"""A private redis-server that can be killed, started again, stopped and continued."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

# Of util-linux: a process started like this is killed when this program ends, however it ends.
LEASHED = ["setpriv", "--pdeathsig", "KILL"]


class Server:
    """`durable` servers write every change to disk before they answer, so a kill loses nothing."""

    def __init__(self, folder: Path, durable: bool = False) -> None:
        self.folder = folder
        self.durable = durable
        self.socket = str(folder / "redis.sock")
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        Path(self.socket).unlink(missing_ok=True)
        durability = ["--appendonly", "yes", "--appendfsync", "always"] if self.durable else ["--appendonly", "no"]
        self.process = subprocess.Popen(
            [*LEASHED, "redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", str(self.folder),
             "--save", "", "--loglevel", "warning", *durability],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while self.command("PING") != "PONG":
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError("redis-server does not start")
            time.sleep(0.01)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self, after: float = 0.0) -> None:
        """Kills it, leaves clients alone for `after` seconds, and starts it again."""
        self.kill()
        time.sleep(after)
        self.start()

    def command(self, *words: str) -> str:
        """What redis-cli prints for a command."""
        done = subprocess.run(
            ["redis-cli", "-s", self.socket, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.strip()
