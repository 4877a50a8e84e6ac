"""One module per subject; each holds BENCHMARKS: name -> function(context) -> rows."""

from . import calls, locks, peers, python_face, queues, startup

BENCHMARKS = {}
for module in (calls, locks, queues, python_face, peers, startup):
    BENCHMARKS.update(module.BENCHMARKS)
