"""A process whose requests and replies can be lost one by one."""

from __future__ import annotations

from .actors import Actor, Answer, Failure, Ring, eventually
from .proxy import CUT_AFTER, CUT_BEFORE, Proxy

LOSSES = (CUT_BEFORE, CUT_AFTER)


def lossy(ring: Ring) -> tuple[Proxy, Actor]:
    """A server, a proxy before it, and a process that goes through the proxy and has been connected once."""
    ring.server()
    proxy = ring.proxy()
    actor = ring.actor(proxy.url)
    actor.ask("lock.show warm-up", "EMPTY")
    return proxy, actor


def lose(proxy: Proxy, actor: Actor, request: str, how: str, wanted: str = "OK") -> Answer:
    """Asks for something that is named `target`, and loses the request or its reply once.

    The loss may follow the answer: a lingering lock that is released before its recall arrives is given back by the
    thread that reads the recall."""
    before = proxy.applied
    proxy.next("target", how)
    answer = actor.ask(request)
    if answer.status != wanted:
        raise Failure(f"{request} ({how}) answers {answer}, wanted {wanted}")
    eventually(f"{request}: something is lost", lambda: proxy.applied != before, seconds=3)
    return answer
