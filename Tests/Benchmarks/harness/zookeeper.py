"""A private ZooKeeper of Debian's package, for comparison. It keeps its data in memory and does not wait for the disk,
as the Redis beside it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time

from .context import Unavailable

JAR = "/usr/share/java/zookeeper.jar"
# The shortest tick with which it runs well: sessions end at a multiple of it.
TICK_MS = 100

CONFIGURATION = """tickTime={tick}
dataDir={folder}/data
clientPort={port}
clientPortAddress=127.0.0.1
minSessionTimeout={tick}
maxClientCnxns=0
admin.enableServer=false
forceSync=no
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ZooKeeper:
    def __init__(self) -> None:
        if not os.path.exists(JAR) or not shutil.which("java"):
            raise Unavailable("ZooKeeper is not installed (Debian: zookeeper, default-jre-headless)")
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.folder = tempfile.mkdtemp(prefix="dcbench-zookeeper-", dir=memory)
        port = _free_port()
        self.address = f"127.0.0.1:{port}"
        file = os.path.join(self.folder, "zoo.cfg")
        with open(file, "w", encoding="ascii") as configuration:
            configuration.write(CONFIGURATION.format(tick=TICK_MS, folder=self.folder, port=port))
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self._process = subprocess.Popen(
                ["java", "-Xmx256m", "-cp", JAR, "-Dzookeeper.forceSync=no",
                 "org.apache.zookeeper.server.ZooKeeperServerMain", file],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._accepts(port):
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                raise Unavailable("ZooKeeper did not start")
            time.sleep(0.1)

    def _accepts(self, port: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
