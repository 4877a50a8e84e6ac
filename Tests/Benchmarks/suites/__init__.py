"""One module per subject; each holds BENCHMARKS: name -> function(context) -> rows."""

from importlib import import_module

SUBJECTS = (
    "calls",
    "locks",
    "kinds",
    "contention",
    "elections",
    "barriers",
    "state",
    "events",
    "breakers",
    "queues",
    "queue_size",
    "workflows",
    "python_face",
    "peers",
    "queue_peers",
    "startup",
)

BENCHMARKS = {}
for subject in SUBJECTS:
    BENCHMARKS.update(import_module(f"{__name__}.{subject}").BENCHMARKS)
