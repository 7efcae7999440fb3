"""How a message leaves the house: e-mail with HTML and text, and the documents it speaks of."""

from dataclasses import dataclass

import css_inline
from django.conf import settings
from django.core.files.storage import storages
from django.core.mail import EmailMultiAlternatives, make_msgid
from django.template.loader import render_to_string

from accounts.models import Notice
from billing_portal.unit import outside


class NotReady(Exception):
    """An attached document is not written yet."""


@dataclass(frozen=True)
class Sent:
    """What left the house, as it left."""

    subject: str
    text: str
    message_id: str


@outside
def send(notice: Notice) -> Sent:
    """Send one notice by e-mail. Raises NotReady, and whatever the mail server's refusal raises."""
    storage = storages["documents"]
    missing = [item["file"] for item in notice.attachments if not storage.exists(item["file"])]
    if missing:
        raise NotReady(missing[0])
    context = _context(notice)
    subject = " ".join(render_to_string(f"notices/{notice.name}.subject.txt", context).split())
    text = render_to_string(f"notices/{notice.name}.txt", context).strip() + "\n"
    html = css_inline.inline(render_to_string(f"notices/{notice.name}.html", context))
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    message = EmailMultiAlternatives(
        subject,
        text,
        to=[notice.recipient],
        headers={
            "Message-ID": make_msgid(idstring=f"notice-{notice.pk}", domain=domain),
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(html, "text/html")
    for item in notice.attachments:
        with storage.open(item["file"]) as file:
            message.attach(item["name"], file.read(), "application/pdf")
    message.send()
    return Sent(subject, text, message.extra_headers["Message-ID"])


def _context(notice: Notice) -> dict[str, object]:
    return {
        **notice.context,
        "account": notice.account,
        "operator": settings.OPERATOR_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "site_url": settings.SITE_URL,
    }
