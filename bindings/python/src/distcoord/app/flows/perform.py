"""Doing a task of a workflow: from the job to a call of its function."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional, Protocol

from ...errors import NotReadable
from .. import _json, _payload
from ..errors import Again, Skip
from .binding import Given, bound

if TYPE_CHECKING:
    from ...workflows.task import TaskInput
    from ..current import AnyJob
    from .template import WorkflowTask


class AnyTask(Protocol):
    """What of a task of a run is looked at here, claimed or run in place."""

    @property
    def name(self) -> str: ...
    @property
    def round(self) -> int: ...
    @property
    def item(self) -> Optional[bytes]: ...
    def inputs(self) -> list[TaskInput]: ...


def call_of_step(
    step: WorkflowTask, job: AnyJob, task: AnyTask, accept_pickle: bool,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of the call that a job stands for. Raises NotReadable, TypeError when the function does not take
    them, and Skip when its condition is not met."""
    given = _given(job, task, accept_pickle)
    what = f"task {task.name!r}"
    if step._when is not None:
        _check(step._when.signature, step, given, what)
    args, kwargs = bound(what, step._signature.signature, given)
    return step._signature.rebuild(args, kwargs)


def _check(signature: Any, step: WorkflowTask, given: Given, what: str) -> None:
    """Asks the task's condition, which takes what it wants of what the task is given."""
    when = step._when
    assert when is not None
    names = signature.parameters
    own = {name: value for name, value in given.kwargs.items() if name in names}
    wanted = given._replace(kwargs=own, args=given.args[:len(names)])
    args, kwargs = bound(f"the condition of {what}", signature, wanted)
    args, kwargs = when.rebuild(args, kwargs)
    if not when._function(*args, **kwargs):
        raise Skip("its condition is not met")


def _given(job: AnyJob, task: AnyTask, accept_pickle: bool) -> Given:
    args, kwargs = _payload.read_call(job, accept_pickle)
    item = task.item
    again: Optional[tuple[Any]] = None
    needs: dict[str, Any] = {}
    for each in task.inputs():
        if each.need == "" and not each.many:
            again = (value_of(each, accept_pickle),)
        elif each.many:
            found = needs.setdefault(each.need, [])
            if each.state == "succeeded" and each.task:
                found.append(value_of(each, accept_pickle))
        else:
            needs[each.need] = value_of(each, accept_pickle)
    made = None if item is None else (_json.decode(item, "item"),)
    return Given(args, kwargs, tuple(needs.items()), made, again)


def value_of(each: TaskInput, accept_pickle: bool) -> Any:
    """What an input is for those who take it: JSON as values, of what other programs gave text and bytes as they are;
    None for a task that did not succeed."""
    if each.state != "succeeded":
        return None
    try:
        return _payload.read_result(each.data, accept_pickle)
    except NotReadable:
        if each.data[:1] == b"\x80":  # a pickle, which is not accepted here
            raise
    try:
        return each.data.decode()
    except UnicodeDecodeError:
        return each.data


def checked_value(step: WorkflowTask, value: Any) -> Any:
    """What a task returned; raised when it is a word about how to go on, and a list when a map is made of it."""
    if isinstance(value, (Skip, Again)):
        raise value
    if step._gives_list and not isinstance(value, (list, str, bytes, dict)) and isinstance(value, Iterable):
        return list(value)
    return value
