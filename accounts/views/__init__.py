"""Doors of people and teams, and of the SMS provider's reports."""
