"""Instances of a distributed run, handle by handle."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
from support import KEPT, PATIENCE, eventually, in_thread, run

import distcoord
from distcoord import Workflow


def graph(*names: str) -> Workflow:
    workflow = Workflow("ci")
    for name in names:
        workflow.add_task(name)
    return workflow


def work(queue: distcoord.Queue) -> None:
    job = queue.claim(2 * PATIENCE)
    assert job is not None
    job.complete(b'"done"')


def test_an_instance_works_until_the_run_has_ended(client: distcoord.Client) -> None:
    with client.join_run(graph("a"), "c0ffee", index=0, total=1, capabilities="gpu", lease=KEPT) as instance:
        assert (instance.identity, instance.index, instance.total) == ("c0ffee", 0, 1)
        assert not instance.came_late and instance.queue.name == "run:c0ffee"
        (member,) = instance.members()
        assert (member.index, member.worker) == (0, client.id) and "gpu" in member.capabilities
        work(instance.queue)
        assert instance.wait(PATIENCE).state == "succeeded" and instance.run["a"] == "done"
        eventually(lambda: instance.is_coordinator, "it coordinates")
    with pytest.raises(distcoord.Closed, match="left the run"):
        instance.wait(0)
    instance.leave()


def test_the_end_of_a_run_is_there_for_who_comes_late(client: distcoord.Client, other: distcoord.Client) -> None:
    with client.join_run(graph("a"), "c0ffee", index=0, total=2) as first:
        work(first.queue)
        first.wait(PATIENCE)
        with other.join_run(graph("a"), "c0ffee", index=1, total=2) as late:
            assert late.came_late and late.wait(PATIENCE).state == "succeeded"
            assert late.queue.claim(0) is None


def test_an_index_is_taken_once_and_free_when_it_was_left(
    client: distcoord.Client, other: distcoord.Client,
) -> None:
    with client.join_run(graph("a"), "c0ffee", index=0, total=2):
        with pytest.raises(distcoord.InstanceExists):
            other.join_run(graph("a"), "c0ffee", index=0, total=2)
    other.join_run(graph("a"), "c0ffee", index=0, total=2).leave()


def test_leaving_ends_the_waits(client: distcoord.Client) -> None:
    instance = client.join_run(graph("a"), "c0ffee", index=0, total=1)
    waiting = in_thread(instance.wait)
    eventually(lambda: instance._waits, "it waits")
    with pytest.raises(distcoord.RunTimeout):
        instance.wait(0)
    instance.leave()
    with pytest.raises(distcoord.Cancelled):
        waiting()


def test_another_workflow_under_the_identity_is_a_conflict(
    client: distcoord.Client, other: distcoord.Client,
) -> None:
    with client.join_run(graph("a"), "c0ffee", index=0, total=2) as first:
        eventually(lambda: first.queue.counts().waiting, "it has been started", 2 * PATIENCE)
        with pytest.raises(distcoord.Conflict):
            with other.join_run(graph("a", "b"), "c0ffee", index=1, total=2) as second:
                second.wait(PATIENCE)


def test_what_cannot_be_is_refused(client: distcoord.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INSTANCE_INDEX", "TOTAL_INSTANCES"):
        monkeypatch.delenv(name, raising=False)
    refused: list[dict[str, Any]] = [
        {"index": 2, "total": 2}, {"index": -1}, {"lease": 0}, {"expiry": 1}, {"identity": ""},
        {"index_variable": "a b"}]
    for options in refused:
        with pytest.raises(distcoord.InvalidArgument):
            client.join_run(graph("a"), **{"identity": "x", **options})
    instance = client.join_run(graph("a"), "x", index=0, total=1)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(instance)
    instance.leave()


def test_the_identity_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SHA", "BUILD_SOURCEVERSION", "CI_COMMIT_SHA", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"):
        monkeypatch.delenv(name, raising=False)
    assert distcoord.run_identity("mine") == "mine" == distcoord.run_identity("mine", with_attempt=True)
    monkeypatch.setenv("CI_COMMIT_SHA", "third")
    monkeypatch.setenv("GITHUB_SHA", "first")
    assert distcoord.run_identity() == "first"
    monkeypatch.setenv("GITHUB_RUN_ID", "12")
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    again = distcoord.run_identity(with_attempt=True)
    assert again != "first" and again.startswith("first") and "12" in again
    with pytest.raises(distcoord.InvalidArgument):
        distcoord.run_identity("x" * 129)


def test_instances_are_waited_for_in_coroutines(client: distcoord.Client) -> None:
    async def main() -> None:
        async with await client.aio.join_run(graph("a"), "c0ffee", index=0, total=1) as instance:
            with pytest.raises(distcoord.RunTimeout):
                await instance.wait(0.05)
            waits = [asyncio.ensure_future(instance.wait()) for _ in range(3)]
            job = await asyncio.to_thread(instance.queue.claim, PATIENCE)
            assert job is not None
            job.complete(b"1")
            assert [each.state for each in await asyncio.gather(*waits)] == ["succeeded"] * 3
            assert await instance.run.result("a") == 1
            assert [member.index for member in await instance.members()] == [0]

    run(main())
