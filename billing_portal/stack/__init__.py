"""How the portal runs on one machine: `demo` and `verify`, their servers and their processes.

`bootstrap` and `system` use the standard library only: they run before anything is installed.
"""
