"""Channels and topics."""
