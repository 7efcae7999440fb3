"""How a demo steers its sandbox: the one call of the control plane."""

from typing import Any

import httpx
from django.conf import settings

from billing_portal.unit import outside


@outside
def steer(what: str, said: dict[str, Any], *, timeout: int = 30) -> Any:
    """Make a control call, `what` without `/_sandbox/`, within so many seconds; return its answer.

    Raises httpx.HTTPError.
    """
    answer = httpx.post(
        f"{settings.SANDBOX_URL}/_sandbox/{what}",
        json=said,
        headers={"Authorization": f"Bearer {settings.SANDBOX_CONTROL_TOKEN}"},
        timeout=timeout,
    )
    answer.raise_for_status()
    return answer.json()
