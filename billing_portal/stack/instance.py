"""One running portal: a world's servers, its database ready and seeded, and its processes."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from billing_portal.stack import children, ports
from billing_portal.stack.supervisor import Supervisor
from billing_portal.stack.system import ROOT, last_line, stop
from billing_portal.stack.world import World

KEY_ID = "rzp_test_Sandbox00000001"
READY_SECONDS = 120
INDIA = timezone(timedelta(hours=5, minutes=30))  # legal dates, before Django is there
QUEUES = "default,money,billing,documents,telephony"
SECRETS = ("key", "webhook", "control", "sms", "sms_webhook", "telephony", "einvoice")
GUNICORN = (
    "--no-control-socket",
    "--max-requests",
    "2000",
    "--max-requests-jitter",
    "400",
    "--timeout",
    "60",
)
LEAN_WORKER = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--max-tasks-per-child", "200")
FIRST_TICK = (
    "from billing_portal.celery import app; app.send_task('billing_portal.tasks.tick', queue='default')"
)


@dataclass(frozen=True)
class Login:
    """One seeded person, to be shown and tried."""

    role: str
    email: str
    password: str


class Instance:
    """Start with `start`, end with `stop`; `logins` is known after the seeding."""

    def __init__(self, world: World, *, port: int, sandbox_port: int, smtp_port: int) -> None:
        self.world = world
        self.port, self.sandbox_port, self.smtp_port = port, sandbox_port, smtp_port
        self.site = f"http://{ports.LOOPBACK}:{port}"
        self.sandbox = f"http://{ports.LOOPBACK}:{sandbox_port}"
        self.secrets = _secrets(world)
        self.logins: list[Login] = []
        self.supervisor: Supervisor | None = None

    def start(self) -> None:
        """Servers, sandbox, tables, data, processes; returns when the portal answers that it is ready."""
        children.end_leftovers(self.world.token)
        self.environment = environment(self, self.world.start_servers())
        self.supervisor = Supervisor(self.world.log, self.environment)
        self.supervisor.start("sandbox", *self.sandbox_words())
        self.django("migrate", "--noinput", "--verbosity", "0")
        self._wait(f"{self.sandbox}/healthz")
        self._trust_portal()
        self.logins = read_logins(self.django("seed_demo"))
        for name, words in self.process_words().items():
            self.supervisor.start(name, *words)
        subprocess.run([sys.executable, "-c", FIRST_TICK], cwd=ROOT, env=self.environment, check=False)
        self._wait(f"{self.site}/readyz")
        self.django("connect_phone")
        self.django("connect_gateway")

    def _trust_portal(self) -> None:
        """Keep the key that the sandbox's e-invoice portal signs with, as an operator keeps the real one's."""
        with urllib.request.urlopen(f"{self.sandbox}/einvoice/public-key.pem", timeout=30) as answer:  # nosec B310
            self.einvoice_key.write_bytes(answer.read())

    @property
    def einvoice_key(self) -> Path:
        return self.world.folder / "einvoice.pem"

    def stop(self) -> None:
        """Processes first, servers last."""
        if self.supervisor:
            self.supervisor.stop()
        self.world.stop_servers()

    def django(self, *words: str) -> str:
        """Run a management command to its end and return what it printed; its failure is ours."""
        code, printed = self.attempt(*words)
        if code:
            stop(
                f"`manage.py {words[0]}` failed ({last_line(printed)}); see {self.world.log / words[0]}.log."
            )
        return printed

    def attempt(self, *words: str) -> tuple[int, str]:
        """Run a management command to its end; return its exit code and what it printed."""
        command = [sys.executable, "manage.py", *words]
        result = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        (self.world.log / f"{words[0]}.log").write_text(result.stdout)
        return result.returncode, result.stdout

    def sandbox_words(self) -> tuple[str, ...]:
        options = {
            "port": self.sandbox_port,
            "smtp-port": self.smtp_port,
            "state": self.world.folder / "sandbox.json",
            "webhook": f"{self.site}/gateway/webhook/",
            "webhook-secret": self.secrets["webhook"],
            "key-id": KEY_ID,
            "key-secret": self.secrets["key"],
            "control-token": self.secrets["control"],
            "sms-key": self.secrets["sms"],
            "portal-url": self.site,
            "order-secret": self.secrets["telephony"],
            "sms-webhook": f"{self.site}/hooks/sms/",
            "sms-webhook-secret": self.secrets["sms_webhook"],
            "einvoice-key": self.secrets["einvoice"],
            "merchant": "Kaveri Voice",
        }
        words = (word for name, value in options.items() for word in (f"--{name}", str(value)))
        return (sys.executable, "-m", "sandbox", *words)

    def process_words(self) -> dict[str, tuple[str, ...]]:
        """Return the command line of each process of the portal."""
        bind = f"{ports.LOOPBACK}:{self.port}"
        gunicorn = ("-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "4", "-b", bind, *GUNICORN)
        celery = ("-m", "celery", "-A", "billing_portal")
        pool = () if os.access("/dev/shm", os.W_OK) else ("--pool", "threads")  # nosec B108 - prefork's semaphores
        worker = ("worker", "-Q", QUEUES, "-c", "3", "-l", "INFO", *LEAN_WORKER, *pool)
        beat = ("beat", "-l", "INFO", "--pidfile=", "-s", str(self.world.run / "beat"))
        return {
            "web": (sys.executable, *gunicorn, "billing_portal.wsgi:application"),
            "worker": (sys.executable, *celery, *worker),
            "beat": (sys.executable, *celery, *beat),
        }

    def _wait(self, address: str) -> None:
        """Poll an address until it answers well; meanwhile keep the children alive."""
        assert self.supervisor
        deadline, answer = time.monotonic() + READY_SECONDS, ""
        while time.monotonic() < deadline:
            self.supervisor.tick()
            if complaint := self.supervisor.complaint():
                stop(f"The portal cannot run: {complaint}.")
            well, answer = ask(address)
            if well:
                return
            time.sleep(0.1)
        stop(f"{address} was not ready within {READY_SECONDS} s ({answer}); see {self.world.log}.")


def environment(instance: Instance, addresses: dict[str, str]) -> dict[str, str]:
    """Return the whole environment of a demo's processes; nothing here is fit for production."""
    site, secret = instance.site, instance.secrets
    local = f"http://localhost:{instance.port}"
    values = {
        "PRODUCTION": "false",
        "DEMO": "true",
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "billing_portal.settings",
        "SECRET_KEY": secret["django"],
        "SITE_URL": site,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "CSRF_TRUSTED_ORIGINS": f"{site},{local}",
        "EMAIL_URL": f"smtp://{ports.LOOPBACK}:{instance.smtp_port}",
        "RAZORPAY_URL": instance.sandbox,
        "RAZORPAY_KEY_ID": KEY_ID,
        "RAZORPAY_KEY_SECRET": secret["key"],
        "RAZORPAY_WEBHOOK_SECRET": secret["webhook"],
        "TELEPHONY_URL": instance.sandbox,
        "TELEPHONY_SECRET": secret["telephony"],
        "EINVOICE_ENABLED": "true",
        "EINVOICE_FROM": einvoices_from(instance.world).isoformat(),
        "EINVOICE_URL": f"{instance.sandbox}/einvoice/v1.03",
        "EINVOICE_KEY": secret["einvoice"],
        "EINVOICE_PUBLIC_KEY_FILE": str(instance.einvoice_key),
        "SMS_URL": f"{instance.sandbox}/sms",
        "SMS_KEY": secret["sms"],
        "SMS_WEBHOOK_SECRET": secret["sms_webhook"],
        **undertaking(datetime.now(INDIA).date()),
        "SANDBOX_URL": instance.sandbox,
        "SANDBOX_CONTROL_TOKEN": secret["control"],
        "DOCUMENTS_DIR": str(instance.world.folder / "documents"),
        "ARCHIVES_DIR": str(instance.world.folder / "archives"),
        "LOG_FORMAT": "console",
        "PYTHONUNBUFFERED": "1",
        children.TOKEN: instance.world.token,
    }
    return {**os.environ, **values, **addresses}


def einvoices_from(world: World) -> date:
    """Return the day on which a demo's world began: what its history issued before stays without an IRN."""
    file = world.folder / "einvoices-from"
    if not file.exists():
        file.write_text(datetime.now(INDIA).date().isoformat())
    return date.fromisoformat(file.read_text())


def undertaking(today: date) -> dict[str, str]:
    """Return a letter of undertaking of the present financial year, for the demo's SEZ unit."""
    year = today.year if today.month >= 4 else today.year - 1
    return {
        "LUT_NUMBER": f"AD2903{year % 100:02}000123X",
        "LUT_DATE": f"{year}-03-20",
        "LUT_VALID_TO": f"{year + 1}-03-31",
    }


def ask(address: str) -> tuple[bool, str]:
    """Return whether an address answers 200, and its answer or the error."""
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # nosec B310 - our own loopback
            return response.status == 200, response.read(300).decode(errors="replace")
    except urllib.error.HTTPError as error:
        return False, error.read(300).decode(errors="replace")
    except OSError as error:
        return False, str(error)


def read_logins(printed: str) -> list[Login]:
    """Read `role email password` lines at the end of what the seeding printed."""
    rows = (line.split() for line in printed.splitlines())
    return [Login(*row) for row in rows if len(row) == 3 and "@" in row[1]]


def _secrets(world: World) -> dict[str, str]:
    """Return the world's own random secrets, kept so that sessions and the sandbox survive a restart."""
    path = world.folder / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    fresh = {"django": f"demo-{secrets.token_urlsafe(50)}"}
    fresh |= {name: f"sandbox_{secrets.token_hex(16)}" for name in SECRETS}
    if fresh.keys() - kept.keys():  # a world of an older version lacks some
        kept = fresh | kept
        path.touch(mode=0o600)
        path.write_text(json.dumps(kept))
    return kept
