"""Short addresses of what customers are asked to pay or approve, and the messages that carry them."""

from email.message import EmailMessage
from typing import Any

from sandbox import mail
from sandbox.errors import Refused, url_not_found
from sandbox.ids import ALPHABET
from sandbox.store import Doc
from sandbox.world import World

SENDER = ("Payments <no-reply@gateway.example>", "GATEWY", "0")  # of mails; of text messages, with a template
MEDIA = {"sms": "contact", "email": "email"}


def shorten(world: World, kind: str, ref: str) -> str:
    """Return an address that leads to the document. Needs a unit."""
    code = world.ids.text("short", 10, ALPHABET)
    world.store.put("short", {"id": code, "kind": kind, "ref": ref, "created_at": world.clock.seconds()})
    return f"{world.public_url}/i/{code}"


def follow(world: World, code: str) -> tuple[str, Doc | None]:
    """Return kind and document of an address, as far as they exist."""
    short = world.store.get("short", code)
    return (short["kind"], world.store.get(short["kind"], short["ref"])) if short else ("", None)


def customer(value: Any) -> dict[str, str]:
    """Return the checked `name`, `email` and `contact` of a link. Raises Refused."""
    if value is None:
        return {}
    if not isinstance(value, dict) or set(value) - {"name", "email", "contact"}:
        raise Refused("The customer must hold name, email and contact.", field="customer")
    return {name: str(text) for name, text in value.items() if text}


def notify(world: World, medium: str, person: Doc, words: str, url: str) -> None:
    """Send the address by `sms` or `email` to the inboxes. Raises Refused without a place to send it to."""
    if medium not in MEDIA:
        raise url_not_found()
    to = person.get(MEDIA[medium])
    if not to:
        raise Refused(f"The customer has no {MEDIA[medium]}.", field="medium")
    if medium == "sms":
        _text(world, to, f"{words} {url}")
    else:
        _mail(world, to, words, url)


def _mail(world: World, to: str, words: str, url: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = words, SENDER[0], to
    message.set_content(f"{words}\n\n{url}\n")
    mail.keep(world, message.as_bytes(), recipients=[to])


def _text(world: World, to: str, words: str) -> None:
    message = {
        "id": world.ids.new("sms"),
        "to": to,
        "sender": SENDER[1],
        "template_id": SENDER[2],
        "text": words,
    }
    reference = f"gateway-{message['id']}"
    at = world.clock.now()
    kept = message | {"reference": reference, "status": "delivered", "created_at": at}
    world.store.put("sms", kept, parent=to, lookup=reference)
