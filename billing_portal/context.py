"""What every page knows: the operator, the switcher's accounts, and whether this is a demo."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the operator's name and contact, the account of the page, and the sandbox's address in a demo."""
    return {
        "operator": settings.OPERATOR_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "sandbox_url": settings.SANDBOX_URL,
        "account": getattr(request, "account", None),
        "member": getattr(request, "member", None),
    }
