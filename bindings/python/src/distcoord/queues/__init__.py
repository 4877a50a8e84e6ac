"""Queues, jobs and workers."""
