"""The demo's telephone network: it gets a key of the portal, lines for the seeded accounts, and people who call."""

from datetime import datetime
from typing import Any

import httpx
from django.conf import settings

from accounts import api_keys
from accounts.models import Account, ApiKey
from billing_portal.demo import NotADemo
from billing_portal.unit import outside

KEY = "Telephone network (demo)"
PACES = {"BA-100042": 40, "BA-100051": 20, "BA-100065": 120}  # calls an hour; the others:
USUAL = 6


def connect(*, now: datetime) -> int:
    """Hand a new key to the sandbox's platform and open the accounts' lines; return how many. Raises NotADemo."""
    if not settings.DEMO:
        raise NotADemo("Only a demo has a sandbox to connect.")
    for key in ApiKey.objects.live().filter(name=KEY):
        api_keys.revoke(key.pk, actor=None, reason="A new start of the demo", now=now)
    issued = api_keys.issue(KEY, [ApiKey.Scope.TELEPHONY], actor=None, reason="The demo's start", now=now)
    tell("portal", {"url": settings.SITE_URL, "key": issued.token, "order_secret": settings.TELEPHONY_SECRET})
    lines = [
        {"ban": ban, "numbers": [f"+9180471{ban[-5:]}"], "pace": PACES.get(ban, USUAL)}
        for ban in Account.objects.filter(subscription__ended_on=None)
        .order_by("ban")
        .values_list("ban", flat=True)
    ]
    tell("lines", {"lines": lines})
    return len(lines)


@outside
def tell(what: str, said: dict[str, Any]) -> Any:
    """Steer the sandbox's platform; return its answer. Raises httpx.HTTPError."""
    answer = httpx.post(
        f"{settings.SANDBOX_URL}/_sandbox/telephony/{what}",
        json=said,
        headers={"Authorization": f"Bearer {settings.SANDBOX_CONTROL_TOKEN}"},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()
