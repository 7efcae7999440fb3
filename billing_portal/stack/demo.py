"""`demo`: the whole portal in var/, in the foreground, until Ctrl-C. Its data stays for the next start."""

import itertools
import os
import signal
import time
from pathlib import Path
from urllib.parse import urlsplit

from billing_portal.demo_people import WATCHED
from billing_portal.stack import children, ports
from billing_portal.stack.instance import Instance
from billing_portal.stack.lock import Held, hold, write
from billing_portal.stack.postgres import Postgres
from billing_portal.stack.system import ROOT, say, stop
from billing_portal.stack.world import World

VAR = ROOT / "var"
SANDBOX_PORT, SMTP_PORT = 8100, 8125
SERVERS_EVERY = 6  # half seconds between two looks at the servers
GIVEN = ("DATABASE_URL", "REDIS_URL")
TRUE = ("true", "1", "yes", "on", "y", "ok")


def run(*, port: int, fresh: bool) -> int:
    """Start everything, print where it is, and keep it alive until somebody ends it."""
    _refuse_production()
    try:
        with hold(VAR / "demo.lock") as lock:
            if fresh:
                _forget()
            _serve(port, lock)
    except Held as holder:
        say(f"A demo of this checkout is already running: {holder}. Stop it there with Ctrl-C, or use it.")
        return 1
    return 0


def _serve(port: int, lock: object) -> None:
    began = time.monotonic()
    chosen = ports.free(port)
    instance = Instance(
        World(VAR, keep=True),
        port=chosen,
        sandbox_port=ports.free(SANDBOX_PORT),
        smtp_port=ports.free(SMTP_PORT),
    )
    say("starting; logs are in var/log")
    try:
        instance.start()
        write(lock, f"process {os.getpid()}, {instance.site}")  # type: ignore[arg-type]
        _leave_environment(instance)
        print(banner(instance, wanted=port, seconds=time.monotonic() - began), flush=True)
        for beat in itertools.count():
            assert instance.supervisor
            instance.supervisor.tick()
            if beat % SERVERS_EVERY == 0:
                instance.world.revive()
            time.sleep(0.5)
    except KeyboardInterrupt:
        print()
        say("stopping")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # impatience must not leave half of it running
        _environment_file().unlink(missing_ok=True)
        instance.stop()


def banner(instance: Instance, *, wanted: int, seconds: float) -> str:
    """Return what a person needs next: addresses, logins, and what differs from what they asked for."""
    line = "═" * 78
    rows = [line]
    if instance.port != wanted:
        rows += ["", f"   !!!  PORT {wanted} IS BUSY: THE PORTAL IS ON PORT {instance.port}  !!!", "", line]
    rows += [
        f"  Portal   {instance.site}/",
        f"  Admin    {instance.site}/admin/",
        "           Staff need no second factor in a demo (STAFF_SECOND_FACTOR=false); production refuses that.",
        f"  Inbox    {instance.sandbox}/   (mails, SMS and payments of the sandbox)",
        "",
        f"  Watch    {instance.site}/{WATCHED[0]}/ as {WATCHED[1]}",
        "           Its telephones never rest: after a fresh start the 80 % mail comes in about",
        "           three minutes, its credit limit is crossed in ten. A recharge opens its lines.",
        "",
        *(f"  {login.role:<9}{login.email:<40}{login.password}" for login in instance.logins),
        "",
        *(
            f"  {name} is given: the server at {_where(os.environ[name])} is used"
            for name in GIVEN
            if os.environ.get(name)
        ),
        f"  Ready in {seconds:.0f} s. Ctrl-C stops it and keeps the data; --fresh begins anew.",
        line,
    ]
    return "\n".join(rows)


def _where(url: str) -> str:
    parts = urlsplit(url)
    return parts.hostname or parts.path


def _refuse_production() -> None:
    """A demo seeds customers and sends their mails: never beside a production instance's values."""
    file = ROOT / ".env"
    lines = file.read_text().splitlines() if file.exists() else []
    values = [line.partition("=")[2] for line in lines if line.strip().startswith("PRODUCTION=")]
    if any(value.strip().lower() in TRUE for value in (*values, os.environ.get("PRODUCTION", ""))):
        stop(
            "PRODUCTION is on in the environment or in .env: a demo does not run there. Use another checkout."
        )


def _forget() -> None:
    """Delete the demo's data: what lies in var/ and what was kept outside it for `nobody`."""
    if os.environ.get("DATABASE_URL"):
        stop("--fresh does not empty a database of yours: empty it yourself, or unset DATABASE_URL.")
    world = World(VAR, keep=True)
    children.end_leftovers(world.token)
    world.postgres = Postgres(VAR / "postgres", world.sockets, token=world.token)
    world.forget()


def _environment_file() -> Path:
    return VAR / "run/environment"


def _leave_environment(instance: Instance) -> None:
    """Let `manage.py <command>` in another terminal work on the running demo (see bootstrap.borrow)."""
    own = {name: value for name, value in instance.environment.items() if os.environ.get(name) != value}
    own.pop(children.TOKEN)
    file = _environment_file()
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in own.items()))
