"""Random graphs of tasks, run by many processes under faults, and what must have come of each."""
