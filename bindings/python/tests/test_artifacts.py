"""Files of runs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

import distcoord


@pytest.fixture
def run(client: distcoord.Client) -> distcoord.Run:
    workflow = distcoord.Workflow("files")
    workflow.add_task("a")
    return client.queue("q").start(workflow)


def test_a_file_is_fetched_as_it_was_published(run: distcoord.Run, tmp_path: Path) -> None:
    data = os.urandom(700_000)
    source = tmp_path / "app.bin"
    source.write_bytes(data)
    source.chmod(0o750)
    run.artifacts.publish(source)
    target = tmp_path / "fetched"
    target.mkdir()
    place = run.artifacts.fetch("app.bin", target)
    assert place == str(target / "app.bin")
    assert Path(place).read_bytes() == data and Path(place).stat().st_mode & 0o777 == 0o750
    (listed,) = run.artifacts.list()
    assert (listed.name, listed.size, listed.sha256) == ("app.bin", len(data), hashlib.sha256(data).hexdigest())
    assert listed.published_at is not None


def test_a_name_again_replaces_the_file(run: distcoord.Run, tmp_path: Path) -> None:
    for text in ("one", "two"):
        (tmp_path / "f").write_text(text)
        run.artifacts.publish(tmp_path / "f", "name")
    assert Path(run.artifacts.fetch("name", tmp_path / "g")).read_text() == "two"
    assert len(run.artifacts.list()) == 1


def test_what_is_not_there_is_said(run: distcoord.Run, client: distcoord.Client, tmp_path: Path) -> None:
    with pytest.raises(distcoord.ArtifactNotFound, match="no artifact 'nothing'") as missing:
        run.artifacts.fetch("nothing", tmp_path)
    assert missing.value.name == "nothing"
    with pytest.raises(distcoord.InvalidArgument):
        run.artifacts.publish(tmp_path / "nothing")
    (tmp_path / "f").write_text("x")
    with pytest.raises(distcoord.RunNotFound):
        client.queue("q").open_run("nobody").artifacts.publish(tmp_path / "f")
    assert run.artifacts.list() == []
