"""The mail server: takes every mail, delivers none, and keeps each raw and read for the inbox."""

import base64
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.store import Doc
from sandbox.world import World

LIMIT = 33_554_432  # bytes of one mail


class Catcher:
    """aiosmtpd's handler: one mail is one unit, kept before the server says 250."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.original_content or b""
        with self._world.store.unit():
            keep(self._world, raw, recipients=envelope.rcpt_tos)
        return "250 2.0.0 Kept in the sandbox"


def keep(world: World, raw: bytes, *, recipients: list[str]) -> Doc:
    """Keep a mail; `to` is who it was sent to, not what its header says."""
    message = message_from_bytes(raw, policy=policy.default)
    mail = {
        "id": world.ids.new("mail"),
        "subject": str(message.get("subject", "")),
        "from": str(message.get("from", "")),
        "to": recipients,
        "text": _content(message, "plain"),
        "html": _content(message, "html"),
        "headers": [[name, str(value)] for name, value in message.items()],
        "attachments": _attachments(message),
        "created_at": world.clock.now(),
        "_raw": base64.b64encode(raw).decode(),
    }
    return world.store.put("mail", mail)


def _content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    try:
        return part.get_content() if part else ""
    except (LookupError, UnicodeError):  # an encoding nobody knows
        return ""


def _attachments(message: EmailMessage) -> list[dict[str, Any]]:
    """Return name, type, size in bytes and base64 content of each."""
    found = []
    for number, part in enumerate(message.iter_attachments(), start=1):
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        name = part.get_filename() or f"attachment-{number}"
        facts = {"name": name, "type": part.get_content_type(), "size": len(content)}
        found.append(facts | {"content": base64.b64encode(content).decode()})
    return found


def newest(world: World, to: str | None = None) -> list[Doc]:
    """Return mails, newest first; `to` is one recipient, in any case of letters."""
    mails = world.store.find("mail")
    if to is None:
        return mails
    return [mail for mail in mails if to.lower() in (address.lower() for address in mail["to"])]
