"""The outside world in a box: payment gateway, SMS provider and mail server, for development and tests.

Its own process (`python -m sandbox`); it shares no code, models or database with the portal,
listens on loopback only and moves no real money.
"""
