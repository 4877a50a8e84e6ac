"""Threads that call handlers for the messages of consumers."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from typing import Any, NamedTuple, Optional

from .. import _calls, errors
from .._insisting import insist
from ..queues._serving import handled
from .consumer import Consumer, Delivery
from .message import Message

logger = logging.getLogger("distcoord.topic")

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_LOOK_SECONDS = 0.1
_LONGEST_DELAY = 300.0


class Part(NamedTuple):
    """One consumer with its handler."""

    consumer: Consumer[Any]
    handler: Callable[[Delivery[Any]], object]
    concurrency: int = 1
    retry_delay: float = 1.0
    max_deliveries: Optional[int] = None

    def settle_failed(self, message: Message[Any], raised: Exception) -> tuple[str, float]:
        """What to do with a message whose handler has raised: "ack" or "release", after how many seconds."""
        if self.max_deliveries is not None and message.deliveries >= self.max_deliveries:
            logger.error(
                "message %s of topic %r is given up after %d deliveries", message.id, message.source,
                message.deliveries, exc_info=raised)
            return "ack", 0
        logger.warning("message %s of topic %r failed", message.id, message.source, exc_info=raised)
        doublings = min(message.deliveries - 1, 32)
        return "release", min(self.retry_delay * 2 ** doublings, max(_LONGEST_DELAY, self.retry_delay))


class Serving:
    """One `run`. Handlers never run on the thread that called it, so that it can see to signals, and leave although a
    handler is not done."""

    def __init__(self, parts: Sequence[Part], grace: Optional[float] = 30.0) -> None:
        for part in parts:
            if not callable(part.handler):
                raise TypeError("a handler must be a callable")
            _calls.integer(part.concurrency, "concurrency", 1, 10_000)
        self._parts = parts
        self._grace_ms = _calls.wait_ms(grace)
        self._stopping = False
        self._hurry = False
        self._running = sum(part.concurrency for part in parts)
        self._lock = threading.Lock()
        self._over = threading.Event()  # all threads have ended
        self._waiting: list[None] = []
        self._error: Optional[BaseException] = None

    def run(self, signals: bool, what: str) -> None:
        """Serves until it is stopped."""
        with handled(lambda number, again: self._end_by_signal(number, again, what)) if signals else nullcontext():
            try:
                for number, part in enumerate(part for part in self._parts for _ in range(part.concurrency)):
                    threading.Thread(
                        target=self._thread, args=(part,), name=f"distcoord-topic-{part.consumer.group}-{number + 1}",
                        daemon=True).start()
                self._wait(what)
            finally:
                self.stop()
        if self._error is not None:
            raise self._error

    def _wait(self, what: str) -> None:
        """Waits until all threads have ended, or may not go on."""
        until: Optional[float] = None
        while not self._over.wait(_LOOK_SECONDS):  # a signal handler could not wake a longer wait
            if self._hurry:
                return
            if self._stopping and self._grace_ms >= 0:
                until = time.monotonic() + self._grace_ms / 1000 if until is None else until
                if until < time.monotonic():
                    logger.warning("%s ends although handlers run still", what)
                    return

    def stop(self) -> None:
        """Takes no further message."""
        if not self._stopping:
            self._stopping = True
            insist(self._end_waits, lambda: not self._waiting)

    def _end_waits(self) -> None:
        for part in self._parts:
            part.consumer.cancel()

    def _end_by_signal(self, number: int, again: bool, what: str) -> None:
        logger.info("%s: %s %s", signal.Signals(number).name, what, "ends at once" if again else "finishes what it has")
        self._hurry = again
        self.stop()

    # ------------------------------------------------------------ in the threads

    def _thread(self, part: Part) -> None:
        try:
            self._serve(part)
        except BaseException as error:
            if self._error is None:
                self._error = error
            self.stop()
        finally:
            with self._lock:
                self._running -= 1
                if not self._running:
                    self._over.set()

    def _serve(self, part: Part) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping:
            try:
                message = self._next(part.consumer)
            except errors.ConsumerLost as lost:
                logger.warning("%s", lost)
                continue
            except errors.ServerError as away:
                if not away.retriable:
                    raise
                until = time.monotonic() + pause
                while time.monotonic() < until and not self._stopping:
                    time.sleep(0.01)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            if message is None:
                return
            self._handle(part, message)

    def _next(self, consumer: Consumer[Any]) -> Optional[Delivery[Any]]:
        """The next message; None when this is to end, or the consumer was closed."""
        self._waiting.append(None)
        try:
            return None if self._stopping else consumer.next()
        except errors.Cancelled:
            if not self._stopping:
                raise
            return None
        except errors.Closed:
            if consumer._source is not None:
                raise
            return None
        finally:
            self._waiting.pop()

    def _handle(self, part: Part, message: Delivery[Any]) -> None:
        action, delay = "ack", 0.0
        try:
            part.handler(message)
        except Exception as raised:
            action, delay = part.settle_failed(message, raised)
        if message.settled:
            return
        try:
            if action == "ack":
                message.ack()
            else:
                message.release(delay)
        except errors.DistcoordError as error:
            logger.warning("message %s of topic %r could not be settled: %s", message.id, message.source, error)


class Handlers:
    """The handlers that a topic was given, and the run of them."""

    def __init__(self) -> None:
        self._declared: list[Callable[[], Part]] = []
        self._serving: Optional[Serving] = None

    def declare(self, make: Callable[[], Part]) -> None:
        """Adds one. `make`: joins its group."""
        self._declared.append(make)

    def run(self, signals: bool, what: str) -> None:
        """Serves all of them until `stop`."""
        with ExitStack() as stack:
            parts = []
            for make in self._declared:
                parts.append(make())
                stack.enter_context(parts[-1].consumer)
            self._serving = Serving(parts)
            try:
                self._serving.run(signals, what)
            finally:
                self._serving = None

    def stop(self) -> None:
        """Ends `run`."""
        serving = self._serving
        if serving is not None:
            serving.stop()
