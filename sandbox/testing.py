"""For tests: a real sandbox process on free ports, and a small client to steer it.

with running() as box:
    box.url, box.smtp_port
    box.control("POST", "/orders/order_…/pay", {"outcome": "success"})
    box.reset()
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN = 20.0  # seconds


class ControlFailed(AssertionError):
    """The control plane refused a call; the text carries its answer."""


class Box:
    """A running sandbox."""

    key_id = "rzp_test_Sandbox00000001"
    key_secret = "sandbox_key_secret_1"
    account_id = "acc_Sandbox0000001"
    webhook_secret = "sandbox_webhook_secret_1"
    sms_key = "sandbox_sms_key_1"
    einvoice_key = "sandbox_einvoice_key_1"
    order_secret = "sandbox_order_secret_1"
    sms_webhook_secret = "sandbox_sms_webhook_secret_1"
    control_token = "sandbox-control"

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the box
        self.http = httpx.Client(trust_env=False, timeout=60)
        self.start()

    def start(self) -> None:
        """Start the process and wait until it is ready; after `kill` it goes on from its state."""
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--smtp-port", "0", *self.arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("sandbox ready "):
            self.process.wait(READY_WITHIN)
            self._errors.seek(0)
            raise RuntimeError(f"the sandbox did not start: {self._errors.read()}")
        facts = dict(part.split("=") for part in line.split()[2:])
        self.port, self.smtp_port = int(facts["port"]), int(facts["smtp"])
        self.url = f"http://127.0.0.1:{self.port}"

    def control(self, method: str, path: str, /, json: Any = None, **params: str) -> Any:
        """Make a control call, `path` without `/_sandbox`; return its JSON. Raises ControlFailed."""
        answer = self.http.request(
            method,
            f"{self.url}/_sandbox{path}",
            json=json,
            params=params,
            headers={"Authorization": f"Bearer {self.control_token}"},
        )
        if answer.status_code != 200:
            raise ControlFailed(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def reset(self, **body: Any) -> None:
        """Empty the state; `seed`, `clock`, `freeze` as the control plane takes them."""
        self.control("POST", "/reset", body)

    def advance(self, by: str) -> float:
        """Move the virtual clock, e.g. by "P2D"; all that falls due happens before this returns."""
        return self.control("POST", "/clock", {"advance": by})["now"]

    def drain(self) -> None:
        """Wait until every webhook call that is due has been tried."""
        self.control("POST", "/webhooks/drain")

    def mail(self, to: str, *, within: float = 5.0) -> dict[str, Any]:
        """Return the newest mail to this address, waiting for it up to `within` seconds."""
        return self._newest("/mail", to, within)

    def sms(self, to: str, *, within: float = 5.0) -> dict[str, Any]:
        """Return the newest text message to this number."""
        return self._newest("/sms", to, within)

    def _newest(self, path: str, to: str, within: float) -> dict[str, Any]:
        deadline = time.monotonic() + within
        while True:
            found = self.control("GET", path, to=to)["items"]
            if found:
                return found[0]
            if time.monotonic() > deadline:
                raise ControlFailed(f"nothing came to {to} at {path}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End the process without a word, as a crash would."""
        self.process.kill()
        self._gone()

    def close(self) -> None:
        """End the process and let go of everything."""
        if self.process.poll() is None:
            self.process.terminate()
        self._gone()
        self.http.close()
        self._errors.close()

    def _gone(self) -> None:
        self.process.wait(READY_WITHIN)
        if self.process.stdout:
            self.process.stdout.close()


@contextmanager
def running(*arguments: str) -> Iterator[Box]:
    """Run a sandbox; `arguments` are its command line's, e.g. "--state", path."""
    box = Box(*arguments)
    try:
        yield box
    finally:
        box.close()
