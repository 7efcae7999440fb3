"""The demo's telephone network: it gets a key of the portal, lines for the seeded accounts, and people who call."""

from datetime import datetime
from typing import Any

from django.conf import settings

from accounts import api_keys
from accounts.models import Account, ApiKey
from billing_portal import demo_sandbox
from billing_portal.demo import NotADemo
from billing_portal.demo_people import WATCHED

KEY = "Telephone network (demo)"
PACES = {"BA-100042": 12}  # calls an hour; the others:
USUAL = 2
BUSY = {  # the watched account: many short calls, and an exchange that holds a minute of each and ends none
    "pace": 1200,
    "longest": 150,  # seconds of talk
    "cuts": False,  # so calls last beyond what their holds cover: that crosses a limit
}


def connect(*, now: datetime) -> int:
    """Hand a new key to the sandbox's platform and open the accounts' lines; return how many. Raises NotADemo."""
    if not settings.DEMO:
        raise NotADemo("Only a demo has a sandbox to connect.")
    for key in ApiKey.objects.live().filter(name=KEY):
        api_keys.revoke(key.pk, actor=None, reason="A new start of the demo", now=now)
    issued = api_keys.issue(KEY, [ApiKey.Scope.TELEPHONY], actor=None, reason="The demo's start", now=now)
    tell("portal", {"url": settings.SITE_URL, "key": issued.token, "order_secret": settings.TELEPHONY_SECRET})
    return open_lines(True)


def open_lines(people_call: bool) -> int:
    """Open the accounts' lines, with people who call, or with nobody while the clock jumps; return how many."""
    bans = Account.objects.filter(subscription__ended_on=None).order_by("ban").values_list("ban", flat=True)
    lines = [
        {"ban": ban, "numbers": [f"+9180471{ban[-5:]}"], **(_people(ban) if people_call else {"pace": 0})}
        for ban in bans
    ]
    tell("lines", {"lines": lines})
    return len(lines)


def _people(ban: str) -> dict[str, Any]:
    """Return how people call there, as the platform's control takes it."""
    return BUSY if ban == WATCHED[0] else {"pace": PACES.get(ban, USUAL)}


def tell(what: str, said: dict[str, Any]) -> Any:
    """Steer the sandbox's platform; return its answer. Raises httpx.HTTPError."""
    return demo_sandbox.steer(f"telephony/{what}", said)
