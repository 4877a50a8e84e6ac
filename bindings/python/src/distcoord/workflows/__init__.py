"""Workflows and their runs: what the C interface has, for those who need no App."""
