"""A private redis-server for the whole run, and a client with a namespace of its own for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Server

import distcoord

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="distcoord-test-"))
    private = Server(folder)
    private.start()
    yield private
    private.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for one test that kills, restarts or starves it."""
    folder = Path(tempfile.mkdtemp(prefix="distcoord-test-"))
    private = Server(folder)
    private.start()
    yield private
    private.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def namespace() -> str:
    return f"test-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def client(server: Server, namespace: str) -> Iterator[distcoord.Client]:
    with distcoord.connect(server.url, namespace) as opened:
        yield opened


@pytest.fixture
def other(server: Server, namespace: str) -> Iterator[distcoord.Client]:
    """A second client in the namespace of the first."""
    with distcoord.connect(server.url, namespace) as opened:
        yield opened


@pytest.fixture
def app(client: distcoord.Client) -> distcoord.App:
    return distcoord.App(client=client)


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy has found out of the standard library, which takes it most of its time."""
    return str(tmp_path_factory.mktemp("mypy"))
