"""The files of the run that the calling code works for."""

from __future__ import annotations

from typing import Optional

from ..app.flows.current import current_task
from ..workflows.artifacts import ArtifactInfo, FilePath


class CurrentArtifacts:
    """Inside a module, or any task of a workflow: `distcoord.artifacts.publish("app.whl")`, and in a later one, on
    whatever machine, `distcoord.artifacts.fetch("app.whl")`. See `Artifacts`."""

    def publish(self, path: FilePath, name: Optional[str] = None) -> None:
        """Publishes a file: see `Artifacts.publish`."""
        current_task().artifacts.publish(path, name)

    def fetch(self, name: str, path: Optional[FilePath] = None) -> str:
        """Fetches a file; answers where it is: see `Artifacts.fetch`."""
        return current_task().artifacts.fetch(name, path)

    def list(self) -> list[ArtifactInfo]:
        """The artifacts that there are, by name."""
        return current_task().artifacts.list()

    def __repr__(self) -> str:
        return "<distcoord.artifacts>"


artifacts = CurrentArtifacts()
"""The files of the run that the calling code works for."""
