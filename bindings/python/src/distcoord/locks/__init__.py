"""Locks, read-write locks and semaphores."""
