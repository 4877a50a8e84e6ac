"""Exact accounting of jobs: pushed, worked on and ended under faults, written down, and judged afterwards."""
