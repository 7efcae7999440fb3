"""TCP ports on this machine's loopback."""

import socket

LOOPBACK = "127.0.0.1"


def free(preferred: int = 0) -> int:
    """Return the preferred port when nobody listens there, otherwise one that is free now."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # as the servers do: TIME_WAIT is no owner
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port")
