"""System check: the values of e-invoicing are there and agree; a production instance has its own."""

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from invoices import signed_qr

LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}


def problems(values: Any) -> list[str]:
    """Return a sentence for each value that is missing or contradicts another; empty when all is well or it is off."""
    if not values.EINVOICE_ENABLED:
        return ["EINVOICE_FROM is set while EINVOICE_ENABLED is off."] if values.EINVOICE_FROM else []
    found = []
    if not _is_day(values.EINVOICE_FROM):
        found.append("EINVOICE_FROM is not a day like 2026-12-01.")
    if values.EINVOICE_REPORT_DAYS < 1:
        found.append("EINVOICE_REPORT_DAYS is below 1.")
    if not values.EINVOICE_KEY:
        found.append("EINVOICE_KEY is empty: set it.")
    if not _is_class(values.EINVOICE_PROVIDER):
        found.append("EINVOICE_PROVIDER names no class.")
    if wrong := _wrong_key(values.EINVOICE_PUBLIC_KEY_FILE):
        found.append(f"EINVOICE_PUBLIC_KEY_FILE: {wrong}.")
    return found + (_production(values) if values.PRODUCTION else [])


def _production(values: Any) -> list[str]:
    found = []
    address = urlsplit(values.EINVOICE_URL)
    if address.scheme != "https" or (address.hostname or "") in LOOPBACK:
        found.append("EINVOICE_URL must be an https address outside this machine.")
    if values.EINVOICE_KEY.startswith("sandbox_"):
        found.append("EINVOICE_KEY is the sandbox's.")
    return found


def _is_day(said: str) -> bool:
    try:
        return bool(date.fromisoformat(said))
    except ValueError:
        return False


def _is_class(name: str) -> bool:
    try:
        return isinstance(import_string(name), type)
    except ImportError:
        return False


def _wrong_key(path: str) -> str:
    """Return why no public key can be read of a file; nothing for a sound one.

    A demo writes its file when the sandbox has told it: until then it is only named.
    """
    if not path:
        return "no file is named"
    if settings.DEMO and not Path(path).exists():
        return ""
    try:
        signed_qr.keys(Path(path).read_text())
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}, {error}"
    return ""


@register()
def einvoicing(**_kwargs: Any) -> list[CheckMessage]:
    """System check: the sentences above as errors."""
    return [Error(text, id=f"invoices.E{n:03}") for n, text in enumerate(problems(settings), start=1)]
