"""A suspended account's panel: paying, documents, statement stay open; the rest says why, and what lifts it."""

import re
import uuid

import pytest
from django.urls import get_resolver, reverse

from accounts import restrictions
from accounts.levels import LOCKED, Level
from accounts.models import Account, Member
from accounts.restrictions import Reason
from billing_portal.unit import unit
from credit import exposure, returns
from tests import archived, build
from tests.ladder import at, bill, sweep
from tests.panel.test_access import KEYS, MEMBERS, PAGES, ask

pytestmark = pytest.mark.django_db
OPEN = {
    "payments", "payment-preview", "payment-start", "payment-advice", "payment", "payment-checkout", "payment-result",
    "payments-bank", "bank-account", "claim-declare", "claim-withdraw",
    "auto-pay", "auto-pay-set-up", "auto-pay-limits", "auto-pay-checkout",
    "auto-pay-pause", "auto-pay-resume", "auto-pay-cancel", "debit-stop",
    "documents", "document", "document-pdf", "document-problem", "statement", "statement-csv",
    "exports", "export-ask", "export", "export-file", "archive-return", "what-if",
    "support", "support-new", "conversation", "conversation-write", "conversation-turn", "messages", "message",
}  # fmt: skip


@pytest.fixture
def stands(monkeypatch):
    """Let the portal's clock stand at a moment."""
    return lambda moment: monkeypatch.setattr("billing_portal.clock.now", lambda: moment)


@unit
def stop(account, level=Level.SUSPENDED, reason=Reason.MANUAL):
    restrictions.impose(Account.objects.lock(account.pk), reason, level, now=build.NOW)


def test_the_doors_say_which_pages_stay_open():
    doors = {}
    for pattern in get_resolver().url_patterns:
        for inner in getattr(pattern, "url_patterns", [pattern]):
            if getattr(inner, "name", None) in PAGES:
                doors[inner.name] = getattr(inner.callback, "stays_open", None)

    assert {name for name, stays in doors.items() if stays} == OPEN
    assert set(doors) == set(PAGES)


@pytest.mark.parametrize("level", sorted(LOCKED))
@pytest.mark.parametrize("name", [name for name in PAGES if name not in OPEN and name not in KEYS])
def test_the_rest_is_locked_for_every_role_that_may_open_it(name, level, browse):
    account = build.account()
    stop(account, level)

    for role in MEMBERS:
        client = browse(build.member(account, role).user)
        response = ask(client, "GET", reverse(name, kwargs={"ban": account.ban}))
        text = response.content.decode()
        assert response.status_code in (403, 405), (name, role)
        if response.status_code == 403 and role in ("owner", "admin", "billing"):
            words = "That is final" if level == Level.DELETED else "Our staff have stopped this account"
            assert words in text


@pytest.mark.parametrize("name", ["payments", "documents", "statement", "exports"])
def test_what_stays_open_opens(name, browse):
    account = build.account()
    stop(account)

    assert browse(build.owner(account)).get(reverse(name, kwargs={"ban": account.ban})).status_code == 200


def test_a_call_list_is_not_made_while_locked(browse):
    account = build.account()
    stop(account)
    data = {"kind_of_export": "usage-csv", "first": "2026-11-01", "last": "2026-11-24"}

    response = browse(build.owner(account)).post(reverse("export-ask", kwargs={"ban": account.ban}), data)

    assert response.status_code == 403 and not account.exports.exists()


def test_overdue_names_the_bill_the_amount_the_next_consequence_and_one_way_to_pay(browse):
    account = build.account()
    made = bill(account)
    sweep(range(31))
    client = browse(build.owner(account))

    text = " ".join(client.get(reverse("overview", kwargs={"ban": account.ban})).content.decode().split())

    for words in (
        made.number,
        "₹59.00",
        "own=59.00",
        "23 Jan 2027",
        "All your numbers are stopped",
    ):
        assert words in text
    assert text.count("btn primary") == 1


def test_who_may_not_pay_reads_who_can_and_no_amount(browse):
    account = build.account()
    bill(account)
    payer = build.member(account, Member.Role.BILLING)
    sweep(range(31))
    client = browse(build.member(account, Member.Role.MANAGER).user)

    text = client.get(reverse("usage", kwargs={"ban": account.ban})).content.decode()

    assert payer.user.name in text
    assert "59.00" not in text


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (0, "is due today"),
        (3, "we remind you again on 1 Dec 2026"),
        (8, "outgoing calls and paid messages stop on 9 Dec 2026"),
        (16, "all your numbers stop on 24 Dec 2026"),
    ],
)
def test_a_banner_says_it_before(day, words, browse, stands):
    account = build.account()
    bill(account)
    sweep(range(day + 1))
    stands(at(day, hour=7))
    client = browse(build.owner(account))

    text = " ".join(client.get(reverse("payments", kwargs={"ban": account.ban})).content.decode().split())

    assert "₹59.00" in text and words in text


def shown(client, account, page="payments"):
    return " ".join(client.get(reverse(page, kwargs={"ban": account.ban})).content.decode().split())


@pytest.mark.parametrize("page", ["overview", "payments", "documents", "what-if"])
def test_what_is_due_today_is_nowhere_called_overdue(page, browse):
    account = build.account()
    bill(account)
    sweep(range(1))

    text = shown(browse(build.owner(account)), account, page)

    assert "is due today" in text
    assert not re.search(r"overdue (since|in all)|is overdue|>Overdue<(?!/option)", text)


def test_overdue_and_due_today_are_told_apart_on_the_locked_page_and_in_the_banner(browse, stands):
    account = build.account()
    bill(account)
    build.charge(account, 100, due_days=30)
    sweep(range(31))
    stands(at(30, hour=7))
    client = browse(build.owner(account))

    for page in ("overview", "payments"):
        assert "₹59.00 is overdue since 24 Nov 2026, and ₹118.00 is due today" in shown(client, account, page)


def test_a_banner_names_every_reason_and_what_lifts_each(browse, stands):
    account = build.account()
    bill(account)
    sweep(range(16))
    stop(account, Level.OUTBOUND_BLOCKED, Reason.CREDIT)
    stop(account, Level.OUTBOUND_BLOCKED)
    stands(at(16, hour=7))

    text = shown(browse(build.owner(account)), account)

    for words in (
        "₹59.00 is overdue since 24 Nov 2026. Paying it lifts that.",
        "Your credit limit of ₹100.00 was exceeded; it is not any more",
        "what is billed has to be paid too. Paying ₹59.00 lifts that.",
        "Our staff have stopped this account: support@",
        "no payment does",
    ):
        assert words in text
    assert "brings everything back" not in text


def test_a_stop_by_staff_does_not_hide_what_is_overdue(browse, stands):
    account = build.account()
    bill(account)
    sweep(range(4))
    stop(account, Level.OUTBOUND_BLOCKED)
    stands(at(4, hour=7))

    text = shown(browse(build.owner(account)), account)

    assert "Our staff have stopped this account" in text and "₹59.00 is overdue since 24 Nov 2026." in text


def test_a_banner_for_who_may_not_pay_says_who_can(browse):
    account = build.account()
    payer = build.member(account, Member.Role.OWNER)
    stop(account, Level.OUTBOUND_BLOCKED)
    client = browse(build.member(account, Member.Role.MANAGER).user)

    text = client.get(reverse("usage", kwargs={"ban": account.ban})).content.decode()

    assert f"{payer.user.name} can see why" in text


@pytest.fixture
def folders(settings, tmp_path):
    storage = settings.STORAGES["archives"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"archives": storage}


def test_an_archived_account_reads_what_is_kept_what_coming_back_costs_and_begins_it(browse, folders):
    account = archived.archived()
    client = browse(build.owner(account))
    page = reverse("overview", kwargs={"ban": account.ban})
    text = " ".join(client.get(page).content.decode().split())
    for words in (
        "Your service data is archived",
        "recovery fee of ₹1,000.00",
        "₹59.00",
        "Call and message records",
        "12",
    ):
        assert words in text

    answer = client.post(reverse("archive-return", kwargs={"ban": account.ban}))

    assert answer.status_code == 302 and answer.url.endswith("/payments/?choice=due")
    text = " ".join(client.get(page).content.decode().split())
    assert "own=1239.00" in text and "Your way back is begun" in text
    text = client.get(reverse("payments", kwargs={"ban": account.ban})).content.decode()
    assert "with the recovery fee" in text and "Our staff" not in text


def test_when_all_is_paid_the_page_says_that_the_data_is_on_its_way(browse, folders):
    account = archived.archived()
    build.paid(account, "59", now=at(61))
    build.paid(account, "1180", now=at(61))

    text = browse(build.owner(account)).get(reverse("overview", kwargs={"ban": account.ban})).content.decode()

    assert "being restored and compared now" in text and "btn primary" not in text


@pytest.mark.parametrize("state", ["29", "27"])
def test_what_an_archived_account_is_offered_to_pay_brings_it_back(state, browse, folders, stands):
    account = archived.archived(state=state)
    stands(at(61))

    text = shown(browse(build.owner(account)), account)
    build.paid(account, "1239", now=at(61))
    returned = returns.sweep(now=at(61))

    assert text.count('name="choice"') == 2  # what brings it back, and an own amount
    assert "Due and recovery fee" in text and "You pay</td> <td>₹1,239.00" in text
    assert "Pays the recovery fee" in text and "₹1,180.00" in text and "Added to your balance" not in text
    assert returned == 1 and not account.documents.unpaid().exists()
    account.refresh_from_db()
    assert account.wanted_level == Level.ACTIVE and exposure.read(account, now=at(61)).balance == 0


def test_without_a_fee_an_archived_account_is_offered_its_dues(browse, folders, stands):
    account = archived.archived()
    account.archives.update(is_free=True)
    stands(at(61))

    text = shown(browse(build.owner(account)), account)

    assert "You pay</td> <td>₹59.00" in text and "recovery fee" not in text.split("<main")[1].split("<h2")[1]


@pytest.mark.parametrize(
    ("rupees", "words", "pay"),
    [
        ("200", "The total outstanding of ₹236.00 is above the credit limit of ₹100.00.", "own=236.00"),
        ("50", "The credit limit of ₹100.00 was exceeded. It is not any more", "own=59.00"),
    ],
)
def test_the_page_says_above_the_limit_only_while_it_is(rupees, words, pay, browse):
    account = build.account()
    build.charge(account, rupees)
    stop(account, Level.SUSPENDED, Reason.CREDIT)

    text = shown(browse(build.owner(account)), account, "overview")

    assert words in text and pay in text


PAYING = ("overview", "payments", "payments-bank", "documents")


def test_nobody_is_invited_to_pay_for_a_deleted_account(browse):
    account = build.account()
    document = build.charge(account, 50)
    begun = build.payment(account, "59")
    stop(account, Level.DELETED, Reason.RETENTION)
    client = browse(build.owner(account))
    pages = [reverse(name, kwargs={"ban": account.ban}) for name in PAYING]
    keys = {"ban": account.ban, "number": begun.number}
    pages += [reverse(name, kwargs=keys) for name in ("payment", "payment-result")]

    for page in pages:
        text = " ".join(client.get(page).content.decode().split())
        assert "This account is deleted" in text and "That is final" in text, page
        assert "btn primary" not in text and "own=" not in text and "is overdue" not in text, page
    page = reverse("document", kwargs={"ban": account.ban, "slug": document.slug})
    assert "Go to pay" not in client.get(page).content.decode()
    there = client.get(reverse("payment-checkout", kwargs=keys))
    assert there.status_code == 302 and there.url == reverse("payment-result", kwargs=keys)


@pytest.mark.parametrize("name", ["payment-start", "payment-advice"])
def test_no_payment_is_begun_for_a_deleted_account(name, browse):
    account = build.account()
    stop(account, Level.DELETED, Reason.RETENTION)
    data = {"choice": "own", "own": "59", "token": uuid.uuid4()}

    answer = browse(build.owner(account)).post(reverse(name, kwargs={"ban": account.ban}), data)

    assert answer.status_code == 422 and "That is final" in answer.content.decode()
    assert not account.payments.exists() and not account.documents.exists()
