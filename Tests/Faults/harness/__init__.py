"""What the fault tests are made of: servers, a proxy that misbehaves, processes under test, and what they can hold."""

from .actors import Actor, Answer, Failure, Ring, eventually, soon
from .holds import HOLDS, LINGERING, PERMITS, READ, REENTRANT, SEVERAL, WRITE, Hold, each_hold
from .losing import LOSSES, lose, lossy
from .proxy import Proxy
from .server import Server

__all__ = [
    "HOLDS", "LINGERING", "LOSSES", "PERMITS", "READ", "REENTRANT", "SEVERAL", "WRITE", "Actor", "Answer", "Failure",
    "Hold", "Proxy", "Ring", "Server", "each_hold", "eventually", "lose", "lossy", "soon",
]
