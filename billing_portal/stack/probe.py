"""`python -m billing_portal.stack.probe`: exit 0 when the web process beside us answers. For container health."""

import http.client
import os
import sys


def answers(port: int = 8000) -> bool:
    """Ask /healthz under a host name that the portal accepts."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".*")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": host or "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if answers() else 1)
