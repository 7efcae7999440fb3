"""`demo --check`: a demo in a throwaway world; every page as every role; the books; one line a finding."""

import os
import time

import httpx

from billing_portal.stack import ports
from billing_portal.stack.crawl import Visitor
from billing_portal.stack.instance import Instance, Login
from billing_portal.stack.system import say
from billing_portal.stack.world import throwaway


def run() -> int:
    """Return 0 when every page answers and the books balance."""
    began = time.monotonic()
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.pop(name, ""):
            say(f"{name} is not used: the check has a world of its own")
    os.environ["ADMIN_RATE"] = "100000"  # a walk asks faster than any person may
    with throwaway() as world:
        first, second, third = (ports.free() for _ in range(3))
        instance = Instance(world, port=first, sandbox_port=second, smtp_port=third)
        try:
            instance.start()
            findings = [*visit_all(instance), *read_books(instance)]
        finally:
            instance.stop()
    for finding in findings:
        print(f"✗ {finding}")
    say(
        f"{len(findings)} findings in {time.monotonic() - began:.0f} s"
        if findings
        else "every page answers, the books balance"
    )
    return 1 if findings else 0


def visit_all(instance: Instance) -> list[str]:
    """Walk the portal as a stranger and as each seeded person, and the sandbox."""
    findings = [] if instance.logins else ["the seeding printed no logins: nobody could be tried"]
    walks: list[tuple[str, str, Login | None]] = [
        ("sandbox", instance.sandbox, None),
        ("stranger", instance.site, None),
    ]
    walks += [(login.role, instance.site, login) for login in instance.logins]
    for name, site, login in walks:
        with httpx.Client(base_url=site, timeout=30, trust_env=False) as client:
            visitor = Visitor(name, client)
            if not login or visitor.log_in(login.email, login.password):
                visitor.walk("/")
            say(f"{name}: {visitor.visited} pages, {len(visitor.findings)} findings")
            findings += visitor.findings
    return findings


def read_books(instance: Instance) -> list[str]:
    """Run every invariant on what the seeding and the visit left."""
    code, printed = instance.attempt("verify_books")
    lines = [line for line in printed.splitlines() if line.strip()]
    return [f"books: {line}" for line in lines] or ["books: verify_books failed"] if code else []
