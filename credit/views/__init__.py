"""Doors of the credit floor: usage and credit, alerts."""
