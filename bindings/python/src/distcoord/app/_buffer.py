"""Producers for an app that submits through a buffer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..queues.producer import Producer
    from .application import App


class Buffer:
    """A buffered producer for each queue that is submitted to."""

    def __init__(self, app: App, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        self._producers: dict[str, Producer] = {}
        self._lock = threading.Lock()

    def producer(self, queue: str) -> Producer:
        """The producer of a queue."""
        present = self._producers.get(queue)
        if present is None:
            with self._lock:
                present = self._producers.get(queue)
                if present is None:
                    present = self._producers[queue] = self._app.queue(queue).producer(**self._options)
        return present

    def close(self) -> None:
        """Waits until all is sent. Of several failures the first is raised, when all are closed."""
        failures = []
        with self._lock:
            producers = list(self._producers.values())
        for producer in producers:
            try:
                producer.close()
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]
