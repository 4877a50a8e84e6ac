"""Recorded histories of locks: made under faults, and judged afterwards."""
