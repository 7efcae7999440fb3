"""GST through the billing run: each kind of registration, the set-off vectors, two months, and one way to bill."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from accounts.models import Balance, Line, Notice
from billing_portal import books
from invoices import billing_run, bills
from invoices.bills import Worth
from invoices.issue import digest
from invoices.models import Document, OneTimeCharge, VoucherBalance
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db
AFTER = NOW + timedelta(days=30)
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "gst.json").read_text())


def run(now=AFTER):
    return [billing_run.bill_chunk(ids, now=now) for ids in billing_run.chunks(now=now)]


def unsound(now):
    return [str(finding) for finding in books.look(now=now).findings if finding.id not in ("I24", "I37")]


def at(month, day):
    return datetime(2026, month, day, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("registration", "state", "place", "cgst", "igst"),
    [
        ("regular", "29", "29", "90.00", "0"),
        ("regular", "27", "27", "0", "180.00"),
        ("unregistered", "29", "29", "90.00", "0"),
        ("unregistered", "07", "07", "0", "180.00"),
        ("sez_lut", "29", "29", "0", "0"),
        ("sez_taxed", "29", "29", "0", "180.00"),
        ("export_lut", "96", "96", "0", "0"),
        ("export_taxed", "96", "96", "0", "180.00"),
        ("uin", "29", "29", "90.00", "0"),
    ],
)
def test_each_registration_has_its_taxes(registration, state, place, cgst, igst):
    account = build.account(state=state, registration=registration)
    build.subscribed(account)
    build.paid(account, 5000)

    run()

    invoice = account.documents.bills().newest_first()[0]
    assert invoice.cause == f"cycle:{account.ban}:2026-11-24"
    assert (invoice.place_of_supply, invoice.taxable) == (place, paise(1000))
    assert (invoice.cgst, invoice.sgst, invoice.igst) == (paise(cgst), paise(cgst), paise(igst))
    assert invoice.open_amount == 0
    assert unsound(AFTER) == []


@pytest.mark.parametrize("row", VECTORS["advance_adjustment"])
def test_vouchers_are_set_off_as_published(row):
    account = build.account(state="29" if row["supply"] == "intra" else "27")
    build.subscribed(account, build.plan(rental=0))
    for voucher in row["vouchers"]:
        taxes = paise(voucher["tax_each"]) * (2 if row["supply"] == "intra" else 1)
        build.paid(account, f"{(total := paise(voucher['taxable']) + taxes) // 100}.{total % 100:02}")
    OneTimeCharge.objects.create(
        account=account, description="Usage", amount=paise(row["invoice_taxable"]), added_at=NOW
    )

    run()

    invoice = account.documents.bills().get()
    assert invoice.rounding == paise(row["round_off"])
    assert invoice.total - invoice.rounding == paise(row["invoice_total"])
    assert invoice.total - invoice.open_amount == paise(row["adjusted_total"])
    assert invoice.open_amount == paise(row["balance_due"])
    uses = invoice.vouchers_used.order_by("voucher__number")
    assert [(use.taxable, use.total) for use in uses] == [
        (paise(one["taxable"]), paise(one["value"])) for one in row["adjusted"]
    ]
    left = VoucherBalance.objects.order_by("voucher__number")
    assert [(one.taxable, max(one.cgst, one.igst)) for one in left] == [
        (paise(one["left_taxable"]), paise(one["left_tax_each"])) for one in row["adjusted"]
    ]
    assert unsound(AFTER) == []


def test_two_months_as_in_the_reference():
    account = build.account()
    build.subscribed(account, build.plan(rental=0), now=at(9, 30))
    build.paid(account, 1000, now=at(10, 5))
    build.used(account, 2500, feature="sms", now=at(10, 20), key="october")

    run(at(10, 30))
    build.paid(account, 500, now=at(11, 10))
    build.used(account, 6000, feature="sms", now=at(11, 20), key="november")
    run(at(11, 30))

    october, november = account.documents.bills().order_by("pk")
    assert (october.taxable, october.cgst, october.total, october.open_amount) == (
        paise(500), paise(45), paise(590), 0,
    )  # fmt: skip
    assert (october.period_from, october.period_to) == (date(2026, 9, 30), date(2026, 10, 29))
    assert [use.total for use in november.vouchers_used.order_by("pk")] == [paise(410), paise(500)]
    assert (november.taxable, november.total, november.open_amount) == (
        paise(1200), paise(1416), paise(506),
    )  # fmt: skip
    sums = {
        month: sum(
            line.amount
            for line in Line.objects.filter(account=account, book="cgst", entry__posted_on__month=month)
        )
        for month in (10, 11)
    }
    assert sums == {10: paise("76.27"), 11: paise("76.73")}
    before = Line.objects.filter(book="cgst").count()
    build.paid(account, 506, now=at(12, 5))
    assert Line.objects.filter(book="cgst").count() == before
    assert unsound(at(12, 5)) == []


@pytest.mark.parametrize(
    ("registration", "number", "valid_to", "approved_until", "supply"),
    [
        ("sez_lut", "AD290326000123X", "2027-03-31", date(2026, 11, 24), "zero"),
        ("sez_lut", "AD290326000123X", "2027-03-31", date(2026, 11, 23), "inter"),
        ("sez_lut", "AD290326000123X", "2027-03-31", None, "inter"),
        ("sez_lut", "", "2027-03-31", date(2030, 1, 1), "inter"),
        ("sez_lut", "AD290326000123X", "2026-03-31", date(2030, 1, 1), "inter"),
        ("export_lut", "AD290326000123X", "2027-03-31", None, "zero"),
        ("export_lut", "AD290326000123X", "", None, "inter"),
    ],
)
def test_zero_rated_needs_its_letters(settings, registration, number, valid_to, approved_until, supply):
    """Bills, advances and advices alike: without the letters of the day, IGST (gst reference § 6.1)."""
    settings.LUT_NUMBER, settings.LUT_VALID_TO = number, valid_to
    state = "96" if registration == "export_lut" else "29"
    account = build.account(state=state, registration=registration, zero_rated_until=approved_until)

    bill = build.charge(account, 1000)
    build.paid(account, 5000)

    assert bill.supply == account.documents.get(kind="receipt_voucher").supply == supply
    assert unsound(NOW) == []


def test_the_chunk_writes_what_billing_one_by_one_writes():
    chunk, single = build.account(), build.account()
    for account in (chunk, single):
        build.subscribed(account)
        build.paid(account, 2000)
    run_on = AFTER
    single.refresh_from_db()  # as under its lock
    assert len(billing_run.bill_chunk([chunk.pk], now=run_on).documents) == 1
    many = chunk.documents.bills().newest_first()[0]

    worths = [Worth(line.description, line.taxable, line.sac) for line in many.lines.all()]
    one = bills.bill(
        single,
        bills.plan(single, worths, on=many.issued_on),
        cause=many.cause.replace(chunk.ban, single.ban),
        due_on=many.due_on,
        period=(many.period_from, many.period_to),
        details={"usage": []},
        now=run_on,
    )

    assert shape(one, single) == shape(many, chunk)
    for document in (one, many):
        document.refresh_from_db()
        assert document.hash == digest(document, list(document.lines.all()))
    assert unsound(run_on) == [
        f"I22 A cycle's usage is billed once, by its own invoice: {one.number} bills a cycle that does not know it"
    ]


def shape(document, account):
    """All that a bill left behind, without names of its own: numbers, ids, addresses, hashes."""
    own = {
        document.number: "NUMBER",
        document.slug: "SLUG",
        account.ban: "BAN",
        build.owner(account).email: "MAIL",
    }
    own |= {voucher.number: "VOUCHER" for voucher in account.documents.filter(kind="receipt_voucher")}

    def rows(found, *skipped):
        skipped = {"id", "account_id", "document_id", "entry_id", "hash", "previous_hash", *skipped}
        text = str(
            [{k: v for k, v in row.items() if k not in skipped} for row in found.order_by("pk").values()]
        )
        for name, word in own.items():
            text = text.replace(name, word)
        return text

    entries = account.entries.filter(key__endswith=document.number)
    return [
        rows(Document.objects.filter(pk=document.pk)),
        rows(document.lines),
        rows(type(document.file).objects.filter(document=document)),
        rows(entries),
        rows(Line.objects.filter(entry__in=entries)),
        rows(Balance.objects.filter(account=account)),
        rows(document.allocations),
        rows(document.vouchers_used, "voucher_id", "invoice_id"),
        rows(VoucherBalance.objects.filter(account=account), "voucher_id"),
        rows(Notice.objects.filter(event=f"document:{document.number}")),
    ]


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (date(2026, 1, 29), [date(2026, 2, 27), date(2026, 3, 28), date(2026, 4, 28)]),
        (date(2026, 1, 30), [date(2026, 2, 27), date(2026, 3, 29), date(2026, 4, 29)]),
        (date(2026, 1, 31), [date(2026, 2, 27), date(2026, 3, 30), date(2026, 4, 29)]),
    ],
)
def test_days_that_some_months_lack_are_clamped_and_come_back(begins, ends):
    account = build.account()
    build.subscribed(account, now=datetime(begins.year, begins.month, begins.day, 6, tzinfo=UTC))

    now = datetime(2026, 4, 30, 6, tzinfo=UTC)
    while run(now):
        pass

    closed = account.cycles.exclude(closed_at=None).order_by("starts_on")
    assert [cycle.ends_on for cycle in closed] == ends[: len(closed)] and len(closed) >= 2
    assert unsound(now) == []
