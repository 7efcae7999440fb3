"""The inboxes as people read them: mails, one mail, text messages as on a phone."""

import html
import re

from starlette.responses import Response

from sandbox import mail
from sandbox.frame import empty, moment, show
from sandbox.pages import Markup, join, render
from sandbox.store import Doc
from sandbox.world import World

NOTHING = Markup("")
MOST_SHOWN = 200


def mails(world: World) -> Response:
    found = mail.newest(world)[:MOST_SHOWN]
    rows = join(
        render(
            "mail_row",
            id=one["id"],
            subject=one["subject"] or "(no subject)",
            to=", ".join(one["to"]),
            at=moment(one["created_at"]),
            start=" ".join(one["text"].split())[:140],
            files=_files(len(one["attachments"])),
        )
        for one in found
    )
    hint = f"Send to 127.0.0.1, port {world.smtp_port}: every address is accepted, nothing is delivered."
    body = render("mail_list", rows=rows) if found else empty("No mail yet", hint)
    return show(world, "/mail", "Mail", body)


def _files(number: int) -> str:
    return "" if not number else f"{number} file{'s' if number > 1 else ''}"


def one_mail(world: World, one: Doc) -> Response:
    """Show one mail: its HTML in a frame that can do nothing, its text, its links, its files."""
    body = render(
        "mail_one",
        id=one["id"],
        subject=one["subject"] or "(no subject)",
        sender=one["from"],
        to=", ".join(one["to"]),
        at=moment(one["created_at"]),
        html=render("mail_frame", id=one["id"]) if one["html"] else NOTHING,
        text=render("mail_text", text=one["text"]) if one["text"] else NOTHING,
        links=join(render("mail_link", url=url) for url in links(one)) or "None",
        files=_attachments(one) or "None",
    )
    return show(world, "/mail", one["subject"] or "Mail", body)


def links(one: Doc) -> list[str]:
    """Return the web addresses in text and HTML, each once, in order."""
    found = re.findall(r"https?://[^\s<>\"')]+", one["text"])
    found += [html.unescape(url) for url in re.findall(r'href="(https?://[^"]+)"', one["html"])]
    return list(dict.fromkeys(url.rstrip(".,;") for url in found))


def _attachments(one: Doc) -> Markup:
    return join(
        render(
            "mail_file",
            path=f"/mail/{one['id']}/attachments/{number}",
            name=file["name"],
            facts=f"{file['type']}, {size(file['size'])}",
        )
        for number, file in enumerate(one["attachments"], start=1)
    )


def size(octets: int) -> str:
    return f"{octets} bytes" if octets < 1024 else f"{octets / 1024:.0f} KB"


def texts(world: World) -> Response:
    """Show text messages by phone, the newest phone first, its messages in order."""
    found = world.store.find("sms", limit=MOST_SHOWN)
    phones_in_order = list(dict.fromkeys(message["to"] for message in found))
    by_phone = {to: [message for message in found[::-1] if message["to"] == to] for to in phones_in_order}
    phones = join(
        render("sms_phone", to=to, bubbles=join(_bubble(message) for message in messages))
        for to, messages in by_phone.items()
    )
    hint = "POST to /sms/v1/messages with the provider key; each reference is taken once."
    body = render("sms_list", phones=phones) if found else empty("No text messages yet", hint)
    return show(world, "/sms", "SMS", body)


def _bubble(message: Doc) -> Markup:
    return render(
        "sms_bubble",
        sender=message["sender"],
        text=message["text"],
        at=moment(message["created_at"]),
        template=message["template_id"],
        reference=message["reference"],
        status=message["status"],
    )
