"""A merchant's webhook endpoint for tests: keeps what it gets, answers what it is told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.signing import sign


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["x-razorpay-event-id"]

    def is_signed_with(self, secret: str, header: str = "x-razorpay-signature") -> bool:
        return self.headers.get(header) == sign(secret, self.body)


@dataclass
class Receiver:
    address: str = ""
    test: int = 0  # each test has a path of its own; what comes late for an older one is dropped
    status: int = 200
    nap: float = 0.0  # seconds before the answer
    got: list[Received] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/hooks/{self.test}"

    @property
    def url(self) -> str:
        return self.address + self.path

    def forget(self) -> None:
        """Start afresh under the same path."""
        self.status, self.nap = 200, 0.0
        self.got.clear()

    def move(self) -> None:
        """Start afresh under a new path."""
        self.test += 1
        self.forget()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == receiver.path:
                    receiver.got.append(Received({k.lower(): v for k, v in self.headers.items()}, body))
                time.sleep(receiver.nap)
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                if receiver.status in (301, 302, 307):
                    self.send_header("Location", receiver.url)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a caller that hung up."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    server = Server(("127.0.0.1", 0), receiver.handler())
    receiver.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
