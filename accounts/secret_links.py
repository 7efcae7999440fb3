"""Links that open a door by themselves: their token is made when a mail is rendered, and no row keeps it.

A message carries the token's *name*, which is worth nothing without the instance's secret; the row that the link opens
keeps the token's hash; and the copy of a sent message that people may read later has a mask in its place.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from django.utils.crypto import salted_hmac

SALT = "accounts.secret_links"
KEY = "secret_link"  # of a message's context: the name of the token that its link carries
MASK = "•••"


def new() -> str:
    """Return the name of a new token; the database may know it."""
    return secrets.token_hex(16)


def token(name: str) -> str:
    """Return the token of a name: 43 characters that an address may carry. The same name, the same token."""
    made = salted_hmac(SALT, name, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def digest(value: str) -> str:
    """Return the hash that a row keeps of a token: with 256 secret bits no slow one is needed."""
    return hashlib.sha256(value.encode()).hexdigest()


def carried(context: Mapping[str, Any]) -> str:
    """Return the token that a message carries, or "" for none."""
    return token(context[KEY]) if KEY in context else ""


def masked(text: str, value: str) -> str:
    """Return a text without the token."""
    return text.replace(value, MASK) if value else text
