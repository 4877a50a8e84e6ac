"""One module per subject; each holds BENCHMARKS: name -> function(context) -> rows."""

from . import calls, contention, kinds, locks, peers, python_face, queue_peers, queue_size, queues, startup

BENCHMARKS = {}
for module in (calls, locks, kinds, contention, queues, queue_size, python_face, peers, queue_peers, startup):
    BENCHMARKS.update(module.BENCHMARKS)
