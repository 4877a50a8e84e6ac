"""One module per subject; each holds BENCHMARKS: name -> function(context) -> rows."""

from . import calls, contention, kinds, locks, peers, python_face, queues, startup

BENCHMARKS = {}
for module in (calls, locks, kinds, contention, queues, python_face, peers, startup):
    BENCHMARKS.update(module.BENCHMARKS)
