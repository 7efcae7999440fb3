"""Mails about a person's sign-in: links that open something, and what was changed about their security.

A link is made when its mail is sent and is never kept: who may read sent messages could else take over an account.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from accounts import audit, notices
from accounts.models import Notice, User
from billing_portal.unit import unit

NOT_KEPT = "(the link is in the mail alone)"

# fmt: off
CHANGES = {
    # as allauth names it                     code in the audit chain    what the person reads
    "account/email/password_changed":        ("password-changed",        "Your password was changed"),
    "account/email/password_reset":          ("password-reset",          "Your password was reset by mail"),
    "account/email/password_set":            ("password-set",            "A password was set"),
    "account/email/email_changed":           ("email-changed",           "Your e-mail address was changed"),
    "account/email/email_confirm":           ("email-confirmed",         "Your e-mail address was confirmed"),
    "account/email/email_deleted":           ("email-removed",           "An e-mail address was removed"),
    "mfa/email/totp_activated":              ("totp-on",                 "An authenticator app was set up"),
    "mfa/email/totp_deactivated":            ("totp-off",                "The authenticator app was removed"),
    "mfa/email/webauthn_added":              ("passkey-added",           "A passkey was added"),
    "mfa/email/webauthn_removed":            ("passkey-removed",         "A passkey was removed"),
    "mfa/email/recovery_codes_generated":    ("recovery-codes",          "New recovery codes were made"),
}
# fmt: on


@unit
def tell(
    user: User,
    change: str,
    *,
    recipient: str,
    device: str,
    network: str,
    now: datetime,
    more: dict[str, str] | None = None,
) -> None:
    """Owe a person the news that their security changed, in allauth's words; of staff it joins the audit chain."""
    code, headline = CHANGES[change]
    if user.is_staff:
        audit.record(f"sign_in.{code}", actor=user, subject=f"user:{user.pk}", reason=headline, now=now)
    notices.owe_person(
        recipient,
        "security-changed",
        event=f"security:{user.pk}:{code}:{now.isoformat()}",
        context={
            "headline": headline,
            "device": device,
            "network": network,
            "at": now.isoformat(),
            **(more or {}),
        },
        now=now,
    )


@unit
def write_down(user: User, act: str, said: str, *, by: User | None, now: datetime) -> None:
    """Add a sign-in of a member of staff, or a failed one, to the audit chain; others have none."""
    if user.is_staff:
        audit.record(f"sign_in.{act}", actor=by, subject=f"user:{user.pk}", reason=said, now=now)


@unit
def owe_link(name: str, recipient: str, *, now: datetime, context: dict[str, Any]) -> None:
    """Owe a mail with a link, or one to an address that we do not know; the link comes when it is sent."""
    notices.owe_person(recipient, name, event=f"{name}:{now.isoformat()}", context=context, now=now)


def link(notice: Notice) -> str:
    """Return the link that a mail opens something with, made now; "" for any other mail."""
    maker = LINKS.get(notice.name)
    return settings.SITE_URL + maker(notice.context) if maker else ""


def _reset(context: dict[str, Any]) -> str:
    user = User.objects.get(pk=context["user"], is_active=True)
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    page = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return page.replace("UID-KEY", quote(key))


def _confirm(context: dict[str, Any]) -> str:
    address = EmailAddress.objects.get(email__iexact=context["email"], user=context["user"])
    return reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])


LINKS: dict[str, Callable[[dict[str, Any]], str]] = {"password-reset": _reset, "email-confirm": _confirm}
