"""What every page knows: the operator, the frame around the page, and whether this is a demo."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from billing_portal import clock, shell


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the operator's name and contact, the account of the page, its frame, a look, and a demo's sandbox."""
    return {
        "operator": settings.OPERATOR_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "support_phone": settings.SUPPORT_PHONE,
        "sandbox_url": settings.SANDBOX_URL,
        "demo_now": clock.now() if settings.DEMO and clock.offset() else None,
        "account": getattr(request, "account", None),
        "member": getattr(request, "member", None),
        "look": getattr(request, "look", None),
        "shell": SimpleLazyObject(lambda: _shell(request)),
    }


def _shell(request: HttpRequest) -> shell.Shell:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return shell.Shell((), None, ())
    looking = request.member if getattr(request, "look", None) else None  # type: ignore[attr-defined]
    held = getattr(request, "facts", None)  # where the page itself has read them
    return shell.read(user, getattr(request, "account", None), now=clock.now(), looking=looking, held=held)
