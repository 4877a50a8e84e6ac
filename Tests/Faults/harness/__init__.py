"""What the fault tests are made of: servers, a proxy that misbehaves, processes under test."""

from .actors import Actor, Answer, Failure, Ring, eventually
from .proxy import Proxy
from .server import Server

__all__ = ["Actor", "Answer", "Failure", "Proxy", "Ring", "Server", "eventually"]
