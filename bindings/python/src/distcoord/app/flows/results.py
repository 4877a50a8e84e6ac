"""What the results of a workflow's tasks are, by what their functions say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _payload

if TYPE_CHECKING:
    from .builder import Builder


class TypedResults:
    """Results as the functions' annotations want them."""

    def __init__(self, accept_pickle: bool, builder: Builder) -> None:
        self._accept_pickle = accept_pickle
        self._templates = {
            node.name: node.template for node in builder.nodes() if node.template is not None}

    def value_of(self, task: str, data: bytes) -> Any:
        """The value of a task's result. Raises NotReadable."""
        value = _payload.read_result(data, self._accept_pickle)
        template = self._templates.get(task.partition("[")[0])
        return value if template is None else template._signature.rebuild_result(value)
