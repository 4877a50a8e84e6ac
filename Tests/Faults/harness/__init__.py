"""What the fault tests are made of: servers, a proxy that misbehaves, processes under test, and what they can hold."""

from .actors import Actor, Answer, Failure, Ring, eventually, soon, stood_still_since
from .holds import HOLDS, LINGERING, PERMITS, READ, REENTRANT, SEVERAL, WRITE, Hold, each_hold
from .losing import LOSSES, lose, lossy
from .proxy import Proxy
from .runs import CHAIN, define_chain, events_of, expect_end, expect_states, states_of
from .server import Server

__all__ = [
    "CHAIN", "HOLDS", "LINGERING", "LOSSES", "PERMITS", "READ", "REENTRANT", "SEVERAL", "WRITE", "Actor", "Answer",
    "Failure", "Hold", "Proxy", "Ring", "Server", "define_chain", "each_hold", "events_of", "eventually", "expect_end",
    "expect_states", "lose", "lossy", "soon", "states_of", "stood_still_since",
]
