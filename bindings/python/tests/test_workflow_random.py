"""Seeded random graphs: a run on a server comes to the same end as one in this process."""

from __future__ import annotations

import pytest
from app_support import working
from graph_support import outcome, random_workflow
from support import PATIENCE

import distcoord


@pytest.mark.parametrize("seed", range(8))
def test_a_run_on_a_server_ends_as_one_in_this_process(app: distcoord.App, seed: int) -> None:
    workflow = random_workflow(app, seed, 40)
    local = workflow.run_local(check=False)
    with working(app, concurrency=4):
        run = workflow.start()
        summary = run.wait(2 * PATIENCE)
    assert outcome(run) == outcome(local)
    assert summary.state == local.state
    assert (summary.total, summary.waiting, summary.ready) == (local.summary().total, 0, 0)
