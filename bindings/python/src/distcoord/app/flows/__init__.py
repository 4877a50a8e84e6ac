"""Workflows of an app: graphs whose tasks are functions."""
