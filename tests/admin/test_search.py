"""Staff find anything by what a caller, a mail or a bank statement names."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing_portal import staff_search
from payments import bank_lines
from payments.models import BankLine, Payment, Settlement
from tests import build
from tests.payments import mandates

pytestmark = pytest.mark.django_db


def ask(client, q):
    return client.post(reverse("admin:search"), {"q": q})


def page(account):
    return reverse("admin:account_page", args=[account.pk])


def everything(settings=None):
    """An account with one of each kind that has a number, and what each is found by."""
    account = build.account(name="Lilavati Diagnostics", pan="ZZZCB0002B")
    account.contacts.create(name="Desk", email="desk@lilavati.in", phone="+919800000001")
    paid, bill = build.paid(account, 500), build.charge(account, 100)
    Payment.objects.filter(pk=paid.pk).update(reference="AXISN12345678901")
    mandate = mandates.active(account, "upi")
    return account, paid, bill, mandate


def bank_line(utr):
    """A line of the bank's statement that names a transfer."""
    row = BankLine(
        bank="000111222333", source="import", direction="in", amount=100, open_amount=100, utr=utr, row_hash="1",
        value_on=build.NOW.date(), narration="NEFT", entered_at=build.NOW,
    )  # fmt: skip
    return bank_lines.add([row], now=build.NOW)[0]


WHOLE = ("ban", "digits", "gstin", "pan", "owner", "contact", "mobile", "document", "dashes", "payment", "small",
         "gateway payment", "gateway order", "utr", "mandate", "token",
         "with its word", "with two words", "mobile with dashes")  # fmt: skip


@pytest.mark.parametrize("what", WHOLE)
def test_what_is_named_whole_is_opened_at_once(what, staff, gateway):
    build.account(gstin="27ZZZCM0003C1ZM", state="27", name="Other")
    account, paid, bill, mandate = everything()
    mine = page(account)
    at = {name: reverse(f"admin:{name}_change", args=[row.pk]) for name, row in (
        ("payments_payment", paid), ("invoices_document", bill), ("payments_mandate", mandate))}  # fmt: skip
    term, where = {
        "ban": (account.ban.lower(), mine),
        "digits": (account.ban.removeprefix("BA-"), mine),
        "gstin": ("29zzzcb0002b1zw ", mine),
        "pan": ("ZZZCB0002B", mine),
        "owner": (build.owner(account).email.upper(), None),
        "contact": ("Desk@Lilavati.in", mine),
        "mobile": ("98000 00001", mine),
        "document": (bill.number, at["invoices_document"]),
        "dashes": (bill.slug, at["invoices_document"]),
        "payment": (paid.number, at["payments_payment"]),
        "small": (paid.number.lower(), at["payments_payment"]),
        "gateway payment": (paid.gateway_payment_id, at["payments_payment"]),
        "gateway order": (paid.gateway_order_id, at["payments_payment"]),
        "utr": ("AXISN 12345678901", at["payments_payment"]),
        "mandate": (mandate.number, at["payments_mandate"]),
        "token": (mandate.gateway_token_id, at["payments_mandate"]),
        "with its word": ("UTR AXISN12345678901", at["payments_payment"]),
        "with two words": (f"Invoice no. {bill.number}", at["invoices_document"]),
        "mobile with dashes": ("phone: +91 98000-00001", mine),
    }[what]

    answer = ask(staff("support"), term)

    if where:
        assert answer.status_code == 302 and answer.url == where
    else:  # a person and their account
        assert [hit.kind for hit in answer.context["hits"]] == ["Accounts", "People"]


def test_several_hits_are_listed_by_kind(staff, account):
    build.account(name="Lilavati & Sons")
    build.account(billing_name="Messrs Lilavati")
    line = bank_line("N123456789012345")

    answer = ask(staff("support"), "lilav")

    assert {hit.kind for hit in answer.context["hits"]} == {"Accounts"} and len(answer.context["hits"]) == 2
    assert ask(staff("support"), "n123456789012345").url == reverse(
        "admin:payments_bankline_change", args=[line.pk]
    )


def test_words_are_found_in_any_order_by_their_beginnings(staff):
    account = build.account(name="Śrī Lilavati Sample Collection")

    hits = ask(staff("support"), "coll lila").context["hits"]

    assert [hit.address for hit in hits] == [page(account)]


@pytest.mark.parametrize(
    ("name", "term"),
    [("लोटस डायग्नोस्टिक्स", "लोटस"), ("வைஷாலி மருத்துவம்", "மருத்துவம்"), ("ক্ষ\u200cমা", "ক্ষ\u200cমা")],
)
def test_a_name_in_an_indian_script_is_found(name, term, staff):
    account = build.account(name=name)

    hits = ask(staff("support"), term).context["hits"]

    assert [hit.address for hit in hits] == [page(account)]


def test_a_settlement_is_found_by_the_gateways_id(staff):
    day = {"settled_on": build.NOW.date(), "created_at": build.NOW, "seen_at": build.NOW}
    row = Settlement.objects.create(gateway_id="setl_Q7hV2mXk9LpTz4", amount=100, status="processed", **day)

    answer = ask(staff("finance"), row.gateway_id)

    assert answer.url == reverse("admin:payments_settlement_change", args=[row.pk])


def test_rights_are_kept(account):
    build.charge(account, 100)
    paid = build.paid(account, 500)

    assert not staff_search.find(paid.number, {"accounts.view_account"}.__contains__)
    assert [hit.title for hit in staff_search.find(paid.number, {"payments.view_payment"}.__contains__)] == [
        paid.number
    ]


def test_a_customer_and_a_stranger_search_nothing(staff, client):
    assert ask(staff("customer"), "lotus").status_code == 302
    assert reverse("account_login") in client.get(reverse("admin:search"), follow=True).redirect_chain[-1][0]


@pytest.mark.parametrize(
    "term",
    [
        "'; drop table accounts_account--",
        "!!!",
        ":*",
        "a & | !b",
        "%",
        "\\",
        "<script>",
        "x" * 120,
        "(((",
        "''",
        "日本",
        "_",
    ],
)
def test_hostile_terms_find_nothing_and_break_nothing(term, staff, account):
    answer = ask(staff("support"), term)

    assert answer.status_code == 200 and not answer.context["hits"]
    assert b"<script>" not in answer.content.split(b"<main")[1]


@pytest.mark.parametrize("term", ["", "  ", "x" * 121, "a\x00b", "\u202ecod"])
def test_no_term_a_long_one_or_one_with_hidden_signs_is_refused(term, staff):
    answer = ask(staff("support"), term)

    assert answer.status_code == 422 and answer.context["form"].errors


def test_nothing_is_searched_by_scanning(staff, gateway):
    account, paid, *_more = everything()
    terms = (
        account.ban,
        paid.number,
        "98000 00001",
        "lila",
        "AXISN12345678901",
        str(uuid.uuid4()),
        "123456",
        "a@b.in",
    )

    scanned = {one for term in terms for one in scans(term)}

    assert not scanned - SMALL, scanned


SMALL = {"payments_parkedreport"}  # a handful of rows that wait for a person


def scans(term):
    """The tables that a search reads whole, even though PostgreSQL is told to avoid that."""
    with CaptureQueriesContext(connection) as captured:
        staff_search.find(term, lambda _right: True)
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        for query in captured.captured_queries:
            cursor.execute("explain " + query["sql"])
            for (line,) in cursor.fetchall():
                if "Seq Scan on" in line:
                    yield line.split("Seq Scan on ")[1].split()[0]


def test_a_search_costs_the_same_whatever_there_is(staff, account):
    def count():
        with CaptureQueriesContext(connection) as captured:
            staff_search.find("lotus", lambda _right: True)
        return len(captured)

    few = count()
    for _ in range(5):
        build.paid(build.account(), 500)

    assert count() == few <= 24


@pytest.mark.parametrize("name", ["Payment Solutions", "Reference Labs 24"])
def test_a_name_that_begins_with_such_a_word_is_found(name, staff):
    account = build.account(name=name)

    assert account.ban in ask(staff("support"), name).content.decode()
