"""A stand-in for the portal's doors to the telephony platform: answers what it is told, keeps what it gets."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.sandbox.receiver import Server

KEY = "kv_stand_in"
OPEN: dict[str, Any] = {
    "incoming": {"allowed": True, "reason": None, "seconds": None},
    "click_to_call": {"allowed": True, "reason": None, "seconds": 5400},
    "sms": {"allowed": True, "reason": None, "units": 2},
}


def copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


@dataclass
class StandIn:
    url: str = ""
    features: dict[str, Any] = field(default_factory=lambda: copy(OPEN))
    grants: int | None = 3600  # seconds of each call's hold
    grants_units: int = 100  # of each message's hold, at most
    most_holds: int | None = None  # more are refused
    down: dict[str, int] = field(default_factory=dict)  # status by the last word of the path
    broken: dict[str, int] = field(default_factory=dict)  # as `down`, so many times only
    rejects: dict[str, tuple[str, str]] = field(default_factory=dict)  # field and reason by feature
    nap: float = 0.0
    asked: list[str | None] = field(default_factory=list)  # the ETag that came with each question
    holds: dict[str, dict[str, Any]] = field(default_factory=dict)
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    _inside: int = 0

    def forget(self) -> None:
        fresh = StandIn()
        for name in vars(fresh):
            if name not in ("url", "lock"):
                setattr(self, name, getattr(fresh, name))

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for batch in self.batches for record in batch]

    def service(self, ban: str, etag: str | None) -> tuple[int, dict[str, Any], str]:
        self.asked.append(etag)
        body = {"account": ban, "level": "active", "features": self.features}
        now = '"' + hashlib.sha256(json.dumps(body).encode()).hexdigest()[:16] + '"'
        return (304, {}, now) if etag == now else (200, body, now)

    def hold(self, body: dict[str, Any]) -> tuple[int, dict[str, Any], str]:
        if body["id"] in self.holds:
            return 200, self.holds[body["id"]], ""
        if self.most_holds is not None and len(self.holds) >= self.most_holds:
            return 409, {"status": 409, "title": "Refused", "reason": "INSUFFICIENT_BALANCE"}, ""
        held: dict[str, Any] = {"id": body["id"], "allowed": True}
        if "units" in body:
            held |= {"units": min(self.grants_units, body["units"]), "asked": body["units"]}
        else:
            held |= {"seconds": self.grants, "asked": body["seconds"]}
        self.holds[body["id"]] = held
        return 201, held, ""

    def take(self, body: dict[str, Any]) -> tuple[int, dict[str, Any], str]:
        known = {record["id"] for record in self.records}
        self.batches.append(body["records"])
        results = []
        for record in body["records"]:
            where, why = self.rejects.get(record["feature"], ("", ""))
            outcome = "rejected" if why else "duplicate" if record["id"] in known else "accepted"
            results.append({"id": record["id"], "outcome": outcome, "field": where, "reason": why})
        return 200, {"results": results}, ""

    def answer(self, path: str, etag: str | None, raw: bytes) -> tuple[int, dict[str, Any], str]:
        *_, ban, word = path.strip("/").split("/")
        if self.broken.get(word, 0) > 0:
            self.broken[word] -= 1
            return 503, {}, ""
        if word in self.down:
            return self.down[word], {"detail": "no"}, ""
        if word == "service":
            return self.service(ban, etag)
        return self.hold(json.loads(raw)) if word == "holds" else self.take(json.loads(raw))

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        with self.lock:
            self._inside += 1
            self.most_at_once = max(self.most_at_once, self._inside)
        time.sleep(self.nap)
        with self.lock:
            self._inside -= 1
            status, body, etag = 401, {"detail": "unknown key"}, ""
            if handler.headers["Authorization"] == f"Bearer {KEY}":
                status, body, etag = self.answer(handler.path, handler.headers["If-None-Match"], raw)
        said = b"" if status == 304 else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(said)))
        if etag:
            handler.send_header("ETag", etag)
        handler.end_headers()
        handler.wfile.write(said)


@contextmanager
def standing_in() -> Iterator[StandIn]:
    portal = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            portal.serve(self)

        def do_POST(self) -> None:
            portal.serve(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    portal.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
