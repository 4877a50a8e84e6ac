"""Distributed runs: one program, started on several machines, whose instances do its modules together.

    import sys
    import distcoord as dc

    pipeline = dc.Pipeline("ci")

    @pipeline.module
    def restore() -> str: ...

    @pipeline.module(depends_on=[restore], requires=["linux"], retries=2, timeout=600)
    def build(restore: str) -> None: ...

    if __name__ == "__main__":
        sys.exit(pipeline.main())

Started with INSTANCE_INDEX and TOTAL_INSTANCES set, as the jobs of a CI matrix are, each instance does the modules that
it can, and all exit with the status of the run.
"""

from __future__ import annotations

from .current_artifacts import artifacts
from .pipeline import Pipeline, PipelineResult

__all__ = ["Pipeline", "PipelineResult", "artifacts"]
