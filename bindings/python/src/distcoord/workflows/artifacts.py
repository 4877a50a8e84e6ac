"""Artifacts: small files that belong to a run. One task publishes them, later ones fetch them, on whatever machine."""

from __future__ import annotations

import os
from ctypes import byref
from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from .. import _abi, _calls, errors
from .._handles import Handle
from .._library import functions

if TYPE_CHECKING:
    from datetime import datetime

    from .run import Run

FilePath = Union[str, "os.PathLike[str]"]


class ArtifactInfo(NamedTuple):
    """An artifact of a run."""

    name: str
    """Its name."""
    size: int
    """Bytes."""
    sha256: str
    """SHA-256 of what is in it, in hexadecimal digits."""
    published_at: Optional[datetime]
    """When it was published, by the server's clock, in UTC."""


class _List(Handle):
    """A list of artifacts of the library."""

    __slots__ = ()
    _free = functions.artifact_list_free

    def __init__(self) -> None:
        self._own(_abi.distcoord_artifact_list())

    def item(self, index: int) -> ArtifactInfo:
        """One of its items."""
        pointer = self._pointer
        return ArtifactInfo(
            functions.artifact_list_name(pointer, index).decode(),
            functions.artifact_list_size(pointer, index),
            functions.artifact_list_sha256(pointer, index).decode(),
            _calls.moment(functions.artifact_list_published_ms(pointer, index)))


class Artifacts:
    """The files of a run: `run.artifacts.publish("report.html")`, `run.artifacts.fetch("report.html")`. They are
    forgotten with their run. A file becomes visible at once when all of it is there; what is fetched is checked against
    the SHA-256 of what was published, and put in its place only when it is whole."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    def publish(self, path: FilePath, name: Optional[str] = None) -> None:
        """Publishes a file of at most 256 MiB, with its permission bits, under `name`, else its own without the folder;
        publishing a name again replaces it. Raises InvalidArgument when the file cannot be read, TooLarge, RunNotFound,
        Cancelled, ServerErrors.
        """
        place = os.fspath(path)
        run = self._run
        known = os.path.basename(place) if name is None else name
        error = _abi.distcoord_error()
        run._check(functions.artifact_publish(
            run._pointer, _calls.text(known, "name"), _calls.text(place, "path"), byref(error)), error)

    def fetch(self, name: str, path: Optional[FilePath] = None) -> str:
        """Fetches a file, to `path`, or into that folder, or under its own name into the working directory; answers
        where it is. A file that is there is replaced. Raises ArtifactNotFound, InvalidArgument when it cannot be
        written, ServerError when what came is not what was published, Cancelled.
        """
        own = os.path.basename(name)
        place = own if path is None else os.fspath(path)
        if os.path.isdir(place):
            place = os.path.join(place, own)
        run = self._run
        error = _abi.distcoord_error()
        status = functions.artifact_fetch(
            run._pointer, _calls.text(name, "name"), _calls.text(place, "path"), byref(error))
        if status == _abi.NOT_FOUND:
            missing = errors.about_run(
                errors.ArtifactNotFound, f"run {run.id} has no artifact {name!r}", run.id, status)
            missing.name = name
            raise missing
        run._check(status, error)
        return place

    def list(self) -> list[ArtifactInfo]:
        """The artifacts that there are, by name."""
        listed = _List()
        run = self._run
        error = _abi.distcoord_error()
        run._check(functions.artifacts_list(run._pointer, byref(listed._pointer), byref(error)), error)
        return [listed.item(index) for index in range(functions.artifact_list_count(listed._pointer))]

    def __repr__(self) -> str:
        return f"<distcoord.Artifacts of run {self._run.id}>"
