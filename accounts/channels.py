"""How a message leaves the house, one sender a channel: mail with its documents, or a registered text message."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from smtplib import SMTPConnectError, SMTPServerDisconnected

import css_inline
from django.conf import settings
from django.core.files.storage import storages
from django.core.mail import EmailMultiAlternatives, make_msgid
from django.template import Context
from django.template.loader import get_template, render_to_string

from accounts import secret_links, sign_in_mails, sms, sms_templates
from accounts.models import Notice
from billing_portal.unit import outside

AWAY = (sms.Away, ConnectionError, TimeoutError, socket.gaierror, SMTPConnectError, SMTPServerDisconnected)


class NotReady(Exception):
    """An attached document is not written yet."""


@dataclass(frozen=True)
class Sent:
    """What left the house, as it left; a secret link's token is masked."""

    subject: str
    text: str
    message_id: str


def is_away(error: Exception) -> bool:
    """Whether the channel itself could not be reached: no fault of the message, and worth trying for days."""
    return isinstance(error, AWAY)


@outside
def send(notice: Notice) -> Sent:
    """Send one notice over its channel. Raises NotReady, and whatever the channel's refusal raises."""
    return SENDERS[notice.channel](notice)


def _mail(notice: Notice) -> Sent:
    storage = storages["documents"]
    missing = [item["file"] for item in notice.attachments if not storage.exists(item["file"])]
    if missing:
        raise NotReady(missing[0])
    context = _context(notice)
    subject, text = _letter(notice, context)
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
    return Sent(subject, _kept(text, context), message.extra_headers["Message-ID"])


def written(notice: Notice) -> tuple[str, str]:
    """Return the subject and the text of a notice as they are kept once it has left the house. Sends nothing."""
    if notice.channel == Notice.Channel.SMS:
        return "", _registered(notice)[1]
    context = _context(notice)
    subject, text = _letter(notice, context)
    return subject, _kept(text, context)


def _letter(notice: Notice, context: dict[str, object]) -> tuple[str, str]:
    subject = " ".join(_plain(f"notices/{notice.name}.subject.txt", context).split())
    return subject, render_to_string(f"notices/{notice.name}.txt", context).strip() + "\n"


def _kept(text: str, context: dict[str, object]) -> str:
    """Return a mail's text without what only its reader may have: a link of their own, a secret."""
    secret, link = str(context["token"]), str(context["link"])
    return secret_links.masked(text.replace(link, sign_in_mails.NOT_KEPT) if link else text, secret)


def _plain(template: str, context: dict[str, object]) -> str:
    """Render what is no HTML: `&` stays `&`."""
    source = get_template(template).template  # type: ignore[attr-defined]
    return source.render(Context(context, autoescape=False))


def _context(notice: Notice) -> dict[str, object]:
    return {
        **notice.context,
        "account": notice.account,
        "operator": settings.OPERATOR_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "site_url": settings.SITE_URL,
        "token": secret_links.carried(notice.context),
        "link": sign_in_mails.link(notice),
    }


def _text_message(notice: Notice) -> Sent:
    """Send a registered text; one that was claimed before is asked for first, so that none goes out twice."""
    template, text = _registered(notice)
    provider = sms.provider()
    message_id = provider.find(notice.reference) if notice.claimed_until else None
    if message_id is None:
        dlt_id = settings.SMS_TEMPLATE_IDS.get(template.name, template.dlt_id)
        message_id = provider.send(sms.Message(notice.reference, notice.recipient, dlt_id, text))
    return Sent("", text, message_id)


def _registered(notice: Notice) -> tuple[sms_templates.Template, str]:
    template = sms_templates.of(notice.name)
    words = notice.context | {"ban": notice.account.ban if notice.account else ""}
    return template, sms_templates.render(
        template, words, site=settings.SITE_URL, operator=settings.OPERATOR_NAME
    )


SENDERS: dict[str, Callable[[Notice], Sent]] = {
    Notice.Channel.EMAIL: _mail,
    Notice.Channel.SMS: _text_message,
}
