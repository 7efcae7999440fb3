"""Doors of documents, statement, usage, plan and exports."""
