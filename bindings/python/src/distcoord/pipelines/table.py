"""The table of what became of a run's modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..workflows.summary import TaskInfo

_HEAD = ("module", "instance", "duration", "result")
_LONGEST_ERROR = 100


def rows(
    tasks: Iterable[TaskInfo], instances: Mapping[str, int], categories: Mapping[str, str],
) -> list[tuple[str, str, str, str]]:
    """What the table says of each module; maps are left to their items."""
    made = []
    for task in tasks:
        if task.kind not in ("task", "item"):
            continue
        category = categories.get(task.name.partition("[")[0], "")
        name = f"{task.name} ({category})" if category else task.name
        result = task.state
        if task.attempts > 1:
            result += f" after {task.attempts} attempts"
        reason = " ".join(task.error.split())
        if reason:
            result += f": {reason if len(reason) <= _LONGEST_ERROR else reason[:_LONGEST_ERROR] + '...'}"
        made.append((name, where(task, instances), seconds(task), result))
    return made


def where(task: TaskInfo, instances: Mapping[str, int]) -> str:
    """Which instance has done a task: its index, else what is known of its client."""
    if not task.worker:
        return "-"
    index = instances.get(task.worker)
    return str(index) if index is not None else task.worker[:12]


def seconds(task: TaskInfo) -> str:
    """How long a task took."""
    taken = task.duration
    if taken is None:
        return "-"
    if taken < 60:
        return f"{taken:.1f} s"
    return f"{int(taken // 60)}:{int(taken % 60):02d}"


def table(tasks: Iterable[TaskInfo], instances: Mapping[str, int], categories: Mapping[str, str]) -> str:
    """The table for people."""
    lines = [_HEAD, *rows(tasks, instances, categories)]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "\n".join(
        f"{line[0]:<{widths[0]}}  {line[1]:>{widths[1]}}  {line[2]:>{widths[2]}}  {line[3]}" for line in lines)


def markdown(
    title: str, tasks: Iterable[TaskInfo], instances: Mapping[str, int], categories: Mapping[str, str],
) -> str:
    """The table for the summary page of a CI job."""
    lines = [f"### {title}", "", "| " + " | ".join(_HEAD) + " |", "| --- | ---: | ---: | --- |"]
    for row in rows(tasks, instances, categories):
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in row) + " |")
    return "\n".join(lines) + "\n"
