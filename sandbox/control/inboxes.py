"""What was sent to people: mails and text messages, for assertions."""

from sandbox import mail
from sandbox.control.steer import Steer
from sandbox.entities import public
from sandbox.store import Doc


def list_mail(steer: Steer) -> Doc:
    """Query: `to`. Newest first, attachments in base64."""
    return {"items": [public(found) for found in mail.newest(steer.world, steer.query.get("to"))]}


def delete_mail(steer: Steer) -> Doc:
    return {"removed": steer.world.store.delete("mail")}


def list_sms(steer: Steer) -> Doc:
    """Query: `to`, `reference`. Newest first."""
    to, reference = steer.query.get("to"), steer.query.get("reference")
    return {"items": steer.world.store.find("sms", parent=to, lookup=reference)}


def delete_sms(steer: Steer) -> Doc:
    return {"removed": steer.world.store.delete("sms")}
