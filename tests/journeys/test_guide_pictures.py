"""The pictures of the customer guide, of a frozen world. GUIDE_PICTURES=1 also writes them into docs/guide/pictures."""

import io
import os
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from PIL import Image

from accounts import notices, support
from accounts.models import Account, Member, User
from accounts.support import Said
from invoices import billing_run, pdf, render
from payments import debit_plan
from tests import build, fakes, ladder
from tests.accounts.test_support import reply
from tests.browser import NARROW
from tests.journeys.desks import sign_in
from tests.payments import mandates

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
KEPT, COMMITTED = ROOT / ".artefacts" / "guide", ROOT / "docs" / "guide" / "pictures"
MOST_BYTES = 120_000
SIZE = {"width": 1280, "height": 800}


@pytest.fixture
def lotus(settings):
    """A customer in good order: a plan, a bill paid and a bill open, auto-pay, colleagues, a conversation."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    account = build.account(name="Lotus Diagnostics", owner=build.user("Asha Rao"))
    build.limit(account, 50_000, days=80, now=build.NOW - timedelta(days=40))
    build.subscribed(account, now=build.NOW - timedelta(days=40))
    build.used(account, 1250, now=build.NOW - timedelta(days=30), key="a")
    billing_run.bill_chunk([account.pk], now=build.NOW - timedelta(days=9))
    build.used(account, 1700, feature="click_to_call", key="b")
    build.paid(account, 5000, now=build.NOW - timedelta(days=5))
    build.charge(account, 6000, now=build.NOW - timedelta(days=2))
    account.contacts.create(name="Meera Shah", email="accounts@lotus.example", category="accounts")
    for name, role in (("Ravi Menon", "billing"), ("Sana Khan", "manager"), ("Tom Fernandes", "agent")):
        build.member(account, Member.Role(role), person=build.user(name))
    mandates.active(account, "card", instrument="Visa ···· 1007")
    debit_plan.plan_due(now=build.NOW)
    _talk(account)
    render.render_due(pdf.make, now=build.NOW)
    notices.send_due(now=build.NOW)
    return account


def _talk(account: Account) -> None:
    said = Said("Why is there a second line for rental on our bill?", uuid.uuid4(), "")
    made = support.begin(
        account.pk, "Rental on the bill", "billing", said, by=build.owner(account), now=build.NOW
    )
    reply(
        made,
        build.user("Sunita Pillai", staff=True),
        "It is for the number you added on the 3rd: billed in advance.",
    )


@pytest.fixture
def late(lotus):
    """Two more accounts of the same owner: one a week behind, one suspended."""
    person = build.owner(lotus)
    behind, stopped = (build.account(owner=person, name=f"Lotus {place}") for place in ("Pune", "Nashik"))
    for one in (behind, stopped):
        one.contacts.create(name="Meera Shah", email=f"{one.ban.lower()}@lotus.example")
        build.limit(one, 50_000, days=80, now=build.NOW - timedelta(days=40))
    ladder.bill(stopped, "5900", due=-31)
    ladder.bill(behind, "5900", due=-8)
    ladder.sweep([-31, -24, -16, -8, -1])
    return behind, stopped


def picture(page, name: str) -> None:
    """Keep what the window shows as a small PNG of at most 256 colours."""
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    small = io.BytesIO()
    shot.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        small, "PNG", optimize=True
    )
    assert small.tell() <= MOST_BYTES, f"{name}: {small.tell()} bytes"
    for folder in (KEPT, COMMITTED) if os.environ.get("GUIDE_PICTURES") == "1" else (KEPT,):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(small.getvalue())


def test_each_screen_of_the_guide(lotus, late, page, live_server, no_axe_violations):
    behind, stopped = late
    bill = lotus.documents.get(cause__startswith="cycle:")
    talk = lotus.conversations.get()

    def of(name, account=lotus, **keys):
        return reverse(name, kwargs={"ban": account.ban, **keys})

    page.set_viewport_size(SIZE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    sign_in(page, live_server, build.owner(lotus))
    User.objects.update(last_login=build.NOW)  # Django asks a clock of its own
    for name, address in {
        "overview": of("overview"),
        "pay": of("payments"),
        "bank-transfer": of("payments-bank"),
        "auto-pay": of("auto-pay"),
        "overdue": of("overview", behind),
        "what-if": of("what-if", behind) + "?amount=6962&on=2026-11-30",
        "locked": of("overview", stopped),
        "documents": of("documents"),
        "document": of("document", slug=bill.slug),
        "statement": of("statement"),
        "usage": of("usage"),
        "alerts": of("alerts"),
        "team": of("team"),
        "billing-details": of("preferences-account"),
        "support": of("conversation", conversation_id=talk.pk),
        "security": reverse("mfa_index"),
    }.items():
        answer = page.goto(live_server.url + address)
        assert answer.status == (403 if name == "locked" else 200), f"{name}: {answer.status}"
        no_axe_violations(page)
        picture(page, name)
    _on_a_phone(page, live_server.url, of, no_axe_violations)


def _on_a_phone(page, root, of, scan) -> None:
    page.set_viewport_size(NARROW)
    for name, theme, address in (
        ("overview-phone", "dark", of("overview")),
        ("pay-phone", "light", of("payments")),
    ):
        page.emulate_media(color_scheme=theme)
        page.goto(root + address)
        scan(page)
        picture(page, name)
