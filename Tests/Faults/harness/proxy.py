"""A proxy between clients and the server which loses connections, requests and replies on demand."""

from __future__ import annotations

import random
import socket
import threading
from pathlib import Path
from typing import Optional

CUT_BEFORE = "the request is lost"
CUT_AFTER = "the reply is lost"
SWALLOW = "the reply is lost, and the connection stays open"


class Connection:
    """One client's connection, pumped in both directions by a thread each."""

    def __init__(self, proxy: "Proxy", client: socket.socket, server: socket.socket) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.cut_on_reply = False
        self.swallowing = False
        for source in (client, server):
            threading.Thread(target=self.pump, args=(source,), daemon=True).start()

    def pump(self, source: socket.socket) -> None:
        to_server = source is self.client
        target = self.server if to_server else self.client
        try:
            while True:
                data = source.recv(1 << 16)
                if not data:
                    break
                if to_server:
                    action = self.proxy.action_for(data)
                    if action == CUT_BEFORE:
                        break
                    self.cut_on_reply = self.cut_on_reply or action == CUT_AFTER
                    self.swallowing = self.swallowing or action == SWALLOW
                else:
                    if self.cut_on_reply:
                        break
                    if self.swallowing:
                        continue
                target.sendall(data)
        except OSError:
            pass
        self.close()

    def close(self) -> None:
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.proxy.forget(self)


class Proxy:
    """Listens on a unix socket in front of a server."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self.path = str(folder / "proxy.sock")
        self.url = f"unix://{self.path}"
        self.upstream = upstream
        self.lock = threading.Lock()
        self.connections: set[Connection] = set()
        self.rules: list[tuple[bytes, str]] = []
        self.applied = 0
        self.chaos: Optional[random.Random] = None
        self.chance = 0.0
        self.is_open = threading.Event()
        self.is_open.set()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(128)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.is_open.wait()
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                server.connect(self.upstream)
            except OSError:
                client.close()
                continue
            with self.lock:
                self.connections.add(Connection(self, client, server))

    def action_for(self, request: bytes) -> Optional[str]:
        """What is to happen to a request: the first rule that matches, used up by that; else chance decides."""
        with self.lock:
            for rule in self.rules:
                if rule[0] in request:
                    self.rules.remove(rule)
                    self.applied += 1
                    return rule[1]
            if self.chaos is not None and b"EVAL" in request and self.chaos.random() < self.chance:
                self.applied += 1
                return self.chaos.choice([CUT_BEFORE, CUT_AFTER])
        return None

    def next(self, match: str, action: str) -> None:
        """The next request that contains the text meets that fate."""
        with self.lock:
            self.rules.append((match.encode(), action))

    def start_chaos(self, seed: int, chance: float) -> None:
        """From now on each call of a script, or its reply, is lost with that chance."""
        with self.lock:
            self.chaos, self.chance = random.Random(seed), chance

    def stop_chaos(self) -> None:
        with self.lock:
            self.chaos = None

    def cut_all(self) -> None:
        """Closes every connection that there is."""
        with self.lock:
            present = list(self.connections)
        for connection in present:
            connection.close()

    def hold(self) -> None:
        """Connections made from now on wait; what there is goes on."""
        self.is_open.clear()

    def let_in(self) -> None:
        """Ends a `hold`."""
        self.is_open.set()

    def stall_all(self) -> None:
        """What there is stays open but is deaf from now on; new connections work."""
        with self.lock:
            for connection in self.connections:
                connection.swallowing = True

    def forget(self, connection: Connection) -> None:
        with self.lock:
            self.connections.discard(connection)

    def close(self) -> None:
        self.is_open.set()
        self.listener.close()
        self.cut_all()
