"""Artifacts of a run in this process: files in a folder that goes with the run."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from datetime import datetime, timezone
from typing import Optional

from ... import errors
from ...workflows.artifacts import ArtifactInfo, FilePath


class LocalArtifacts:
    """See `distcoord.Artifacts`."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._folder: Optional[tempfile.TemporaryDirectory[str]] = None
        self._published = 0
        self._known: dict[str, tuple[str, ArtifactInfo]] = {}

    def publish(self, path: FilePath, name: Optional[str] = None) -> None:
        """Keeps a copy of a file."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="distcoord-")
        known = os.path.basename(os.fspath(path)) if name is None else name
        self._published += 1
        place = os.path.join(self._folder.name, str(self._published))
        try:
            shutil.copy(path, place)
        except OSError as error:
            raise errors.invalid(f"the file cannot be read: {error}") from error
        with open(place, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        info = ArtifactInfo(known, os.path.getsize(place), digest, datetime.now(timezone.utc))
        self._known[known] = (place, info)

    def fetch(self, name: str, path: Optional[FilePath] = None) -> str:
        """Copies a file to where it is wanted; answers where it is."""
        if name not in self._known:
            missing = errors.about_run(
                errors.ArtifactNotFound, f"run {self._run_id} has no artifact {name!r}", self._run_id, 0)
            missing.name = name
            raise missing
        own = os.path.basename(name)
        place = own if path is None else os.fspath(path)
        if os.path.isdir(place):
            place = os.path.join(place, own)
        try:
            shutil.copy(self._known[name][0], place)
        except OSError as error:
            raise errors.invalid(f"the file cannot be written: {error}") from error
        return place

    def list(self) -> list[ArtifactInfo]:
        """The artifacts that there are, by name."""
        return [self._known[name][1] for name in sorted(self._known)]
