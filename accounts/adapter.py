"""allauth's questions, answered for this house: a door, like a view.

What it would mail becomes a notice that is owed, so that no answer waits for the mail server and none tells by
its time whether an address is known.
"""

import base64
import functools
from datetime import datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from accounts import devices, sign_in_mails
from accounts.models import User
from billing_portal import clock, nudge, origin

SEND = "accounts.tasks.send_notices"
PLAIN_MAILS = {  # to addresses that we do not know, or that are another's
    "account/email/unknown_account": "no-login",
    "account/email/account_already_exists": "no-login",
}


class SignIn(DefaultAccountAdapter):
    """Nobody signs up here: an account begins with the operator, a member with an invitation."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:  # noqa: ARG002
        _owe_link(PLAIN_MAILS[template_prefix], email, {})

    def send_password_reset_mail(self, user: Any, email: str, context: dict) -> None:  # noqa: ARG002
        _owe_link("password-reset", email, {"user": user.pk})

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:  # noqa: ARG002
        address = emailconfirmation.email_address
        _owe_link("email-confirm", address.email, {"user": address.user_id, "email": address.email})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        recipient = email or EmailAddress.objects.get_primary_email(user) or user.email
        more = {name: str(value) for name, value in (context or {}).items()}
        sign_in_mails.tell(
            user,
            template_prefix,
            recipient=recipient,
            device=devices.label(self.get_http_user_agent(self.request)),
            network=origin.rough(origin.caller(self.request)),
            more=more,
            now=clock.now(),
        )
        nudge.wake(SEND)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        known = User.objects.filter(email__iexact=credentials.get("email") or "", is_staff=True).first()
        if known:
            sign_in_mails.write_down(known, "failed", "A wrong password", by=None, now=clock.now())

    def post_login(self, request: HttpRequest, user: Any, **words: Any) -> HttpResponse:
        """Take note of the session and the device, and of a member of staff in the audit chain."""
        response = super().post_login(request, user, **words)
        now = clock.now()
        _begin(request, now)
        sign_in_mails.write_down(user, "done", "Signed in", by=user, now=now)
        agent, address = self.get_http_user_agent(request), origin.caller(request)
        if devices.notice(user, agent=agent, address=address, now=now):
            nudge.wake(SEND)
        return response


class SecondFactor(DefaultMFAAdapter):
    """Secrets of authenticator apps lie encrypted; passkeys show the operator's name."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _cipher().decrypt(encrypted_text).decode()
        except InvalidToken:
            raise ImproperlyConfigured("A second factor is locked by another SECRET_KEY.") from None

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": settings.OPERATOR_NAME}

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        held = Authenticator.objects.filter(user=user, type=type).count()
        return "My passkey" if not held else f"My passkey {held + 1}"


class CodeForm(AuthenticateForm):
    """A code of the second factor; a wrong one of a member of staff is written down."""

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except forms.ValidationError:
            sign_in_mails.write_down(self.user, "failed", "A wrong code", by=None, now=clock.now())
            raise


def _owe_link(name: str, recipient: str, context: dict[str, Any]) -> None:
    sign_in_mails.owe_link(name, recipient, context=context, now=clock.now())
    nudge.wake(SEND)


def _begin(request: HttpRequest, now: datetime) -> None:
    request.session["seen"] = int(now.timestamp())
    mine = UserSession.objects.filter(session_key=request.session.session_key)
    mine.update(created_at=now, last_seen_at=now)


def _cipher() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key)) for key in keys])


@functools.cache
def _derived(key: str) -> bytes:
    """A key for second factors alone, out of the instance's secret (RFC 5869)."""
    made = HKDF(SHA256(), length=32, salt=None, info=b"second factors").derive(key.encode())
    return base64.urlsafe_b64encode(made)
