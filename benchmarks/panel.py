"""The demo's oldest account with two years behind it, and the address of each of its pages and of staff's page."""

import uuid
from datetime import timedelta

from django.urls import reverse

from accounts import sent_messages
from accounts.models import Account, User
from billing_portal import clock, demo
from invoices import exports

BAN = "BA-100042"


def account() -> Account:
    """The account with 760 days of history; the demo world is made once."""
    demo.seed(now=clock.now())
    return Account.objects.get(ban=BAN)


def owner(of: Account) -> User:
    return of.members.filter(role="owner").order_by("pk")[0].user


def staff() -> User:
    """A member of staff who may see all."""
    return User.objects.filter(is_superuser=True).order_by("pk")[0]


def pages(of: Account) -> list[tuple[str, str]]:
    """Each page of the panel by name and address, in the order of the side bar."""
    base, now = f"/{of.ban}", clock.now()
    payment = of.payments.filter(status="captured").order_by("-pk")[0]
    bill = of.documents.bills().newest_first()[0]
    file = exports.ask(
        "documents-zip", token=uuid.uuid4(), account=of, user=owner(of), parameters={}, now=now
    )
    talk, notice = of.conversations.order_by("pk")[0], sent_messages.of(of)[0]
    since = (now - timedelta(days=700)).date()
    return [
        ("overview", f"{base}/"),
        ("payments", f"{base}/payments/"),
        ("preview", f"{base}/payments/preview/?choice=own&own=2000"),
        ("payments, bank", f"{base}/payments/bank/"),
        ("payment", f"{base}/payments/{payment.number}/"),
        ("result", f"{base}/payments/{payment.number}/result/"),
        ("invoices", f"{base}/invoices/"),
        ("invoice", f"{base}/invoices/{bill.slug}/"),
        ("usage", f"{base}/usage/"),
        ("statement", f"{base}/statement/"),
        ("statement, two years", f"{base}/statement/?first={since}&last={now.date()}"),
        ("plan", f"{base}/plan/"),
        ("auto-pay", f"{base}/auto-pay/"),
        ("alerts", f"{base}/alerts/"),
        ("what-if", f"{base}/what-if/"),
        ("files", f"{base}/files/"),
        ("file", f"{base}/files/{file.token}/"),
        ("preferences", f"{base}/preferences/"),
        ("preferences, account", f"{base}/preferences/account/"),
        ("API keys", f"{base}/preferences/api-keys/"),
        ("team", f"{base}/team/"),
        ("support", f"{base}/support/"),
        ("conversation", f"{base}/support/{talk.pk}/"),
        ("messages", f"{base}/messages/"),
        ("message", f"{base}/messages/{notice.pk}/"),
        ("profile", "/profile/"),
    ]


def staff_pages(of: Account) -> list[tuple[str, str]]:
    """Staff's first page and their page of the account."""
    return [
        ("staff", reverse("admin:index")),
        ("staff, account", reverse("admin:account_page", args=[of.pk])),
    ]
