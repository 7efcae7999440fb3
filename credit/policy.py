"""Stub."""

FLOOR = 10_000
