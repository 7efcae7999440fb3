"""From where something is done: the address and the page of a request, or the job or command that runs.

allauth keeps the request of the running context; a worker names its job (`job_name`).
"""

import ipaddress
import sys
from pathlib import Path

from allauth.account.adapter import get_adapter
from allauth.core import context
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from billing_portal import job_name

LONGEST = 200
SIGN_IN = "/auth/"  # its addresses may hold a key: the page's name is written instead


def here(*, whole: bool) -> str:
    """Return where the running code was called from, e.g. "203.0.113.7 POST /admin/…" or "job notices".

    `whole` keeps the caller's full address; else its network alone.
    """
    request = context.request
    if request is None:
        return (job_name.current() or _command())[:LONGEST]
    address = caller(request)
    return f"{address if whole else rough(address)} {request.method} {_page(request)}"[:LONGEST]


def caller(request: HttpRequest) -> str:
    """Return the address that asks, behind the proxies that we trust; "" where none is known."""
    try:
        return get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return ""


def rough(address: str) -> str:
    """Return an address without the part that tells its house: 203.0.113.x, or 2001:db8:1::x."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown address"
    if known.version == 4:
        return ".".join([*str(known).split(".")[:3], "x"])
    if mapped := known.ipv4_mapped:  # version 6
        return rough(str(mapped))
    return f"{ipaddress.ip_network(f'{known}/48', strict=False).network_address}x"


def _page(request: HttpRequest) -> str:
    if request.path.startswith(SIGN_IN) and request.resolver_match:
        return str(request.resolver_match.view_name)
    return request.path


def _command() -> str:
    name, *words = (*sys.argv, "")
    return f"command {words[0]}" if Path(name).name == "manage.py" and words[0] else ""
