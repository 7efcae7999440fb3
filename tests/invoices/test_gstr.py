"""The rules of the returns: the published vectors, notes, advances, the file's shape, and what stands in the way."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from billing_portal import clock
from invoices import gst, gstr, gstr_check, gstr_file
from invoices.gst import NOTHING, Supply, Tax
from invoices.gstr import Advance, Item, Paper, Run, Section
from invoices.gstr_month import Month
from invoices.sac import SACS
from tests.build import paise

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "gst.json").read_text())
HOME, OCTOBER, NOVEMBER = "29", date(2026, 10, 1), date(2026, 11, 1)
OF_VECTOR = {"tax_deductor": "regular", "registered": "regular", "sez": "sez_lut", "foreign": "export_lut"}


def paper(rupees="1000", *, kind="invoice", number="VI/2627/000001", on=OCTOBER, place=HOME, **words):
    """A document over one line of so many rupees before tax."""
    registration = words.pop("registration", "unregistered")
    supply = gst.supply(registration, place, HOME, letters=words.pop("letters", True))
    value = gst.on_top(paise(rupees), supply)
    return Paper(**{
        "pk": 1, "kind": kind, "number": number, "on": on, "total": value.total, "registration": registration,
        "gstin": "", "name": "Lotus", "state": place, "place": place, "supply": supply,
        "items": (Item("998419", 1800, value),),
    } | words)  # fmt: skip


def month(*papers, advances=(), runs=(), first=OCTOBER, **words):
    return Month(first, "29ZZZCS0001A1ZI", papers, tuple(advances), tuple(runs), **words)


def where(one):
    """A document's place as the vectors write it."""
    section = gstr.section(one)
    name = "b2b" if section == Section.SEZ else str(section)
    return "/".join(filter(None, (name, gstr.invoice_type(one))))


@pytest.mark.parametrize(
    "row", [row for row in VECTORS["place_of_supply"] if "gstr1" in row], ids=lambda row: row["id"]
)
def test_each_document_goes_where_it_is_published(row):
    to, home = row["recipient"], row["supplier_state"]
    registration = OF_VECTOR.get(to["type"], to["type"])
    supply = gst.supply(registration, row["pos"], home, letters=row.get("lut", True))
    total = paise(row.get("invoice_value", "1180.00"))

    one = paper(registration=registration, place=row["pos"], supply=supply, total=total)

    assert where(one) == row["gstr1"]


@pytest.mark.parametrize("row", VECTORS["financial_year_ist"])
def test_the_period_and_dates_follow_the_indian_day(row):
    on = clock.business_date(datetime.fromisoformat(row["instant_utc"]))

    assert gstr_file.period(on.replace(day=1)) == row["return_period"]
    assert gstr_file.day(on) == row["gstr1_date"]


# fmt: off
NOTES = [
    # registration    place  kind           invoice's total, day            goes to
    ("regular",       "27", "credit_note", 50_000,   date(2026, 9, 1),  "cdnr/R"),
    ("sez_lut",       "29", "credit_note", 50_000,   date(2026, 9, 1),  "cdnr/SEWOP"),
    ("sez_taxed",     "27", "debit_note",  50_000,   date(2026, 9, 1),  "cdnr/SEWP"),
    ("export_lut",    "96", "credit_note", 50_000,   date(2026, 9, 1),  "cdnur/EXPWOP"),
    ("export_taxed",  "96", "debit_note",  50_000,   date(2026, 9, 1),  "cdnur/EXPWP"),
    ("unregistered",  "27", "credit_note", 1_00_001, date(2026, 9, 1),  "cdnur/B2CL"),
    ("unregistered",  "27", "credit_note", 1_00_000, date(2026, 9, 1),  "b2cs/INTER"),
    ("unregistered",  "27", "debit_note",  2_00_000, date(2024, 7, 31), "b2cs/INTER"),
    ("unregistered",  "27", "debit_note",  2_00_000, date(2024, 8, 1),  "cdnur/B2CL"),
    ("unregistered",  "29", "credit_note", 5_00_000, date(2026, 9, 1),  "b2cs/INTRA"),
]
# fmt: on


@pytest.mark.parametrize(("registration", "place", "kind", "rupees", "on", "goes"), NOTES)
def test_a_note_to_an_unregistered_customer_goes_by_its_invoice(registration, place, kind, rupees, on, goes):
    one = paper(
        "100", kind=kind, registration=registration, place=place, original_on=on, original_total=rupees * 100
    )

    assert where(one) == goes


def advance(rupees, *, on, received_on=None, place=HOME, supply=Supply.INTRA, **words):
    value = gst.inside(paise(rupees), supply)
    return Advance(
        1, words.pop("number", "RV/2627/000001"), on, received_on or on, place, supply, 1800, value, **words
    )


def test_what_is_received_and_invoiced_in_one_month_shows_in_neither_table():
    got = advance("1180", on=date(2026, 10, 5))
    used = advance("1180", on=date(2026, 10, 31), received_on=date(2026, 10, 5), is_use=True)

    found = month(advances=[got, used])

    assert (found.at, found.txpd) == ({}, {})
    assert found.counts[Section.AT] == 2


@pytest.mark.parametrize(("refunds", "row"), [("negative_11A", "-1000"), ("rfd01_only", None)])
def test_a_refunded_advance_is_negative_in_11a_or_claimed(refunds, row):
    back = advance(
        "1180", on=date(2026, 10, 9), received_on=date(2026, 8, 1), is_refund=True, number="RF/2627/000001"
    )

    found = month(advances=[back], refunds=refunds)

    assert found.sums[Section.AT].taxable == (paise(row) if row else 0)
    assert ("at" in gstr_file.tree(found)) is bool(row)


def test_an_advance_without_tax_stands_in_no_table():
    zero = advance("1000", on=OCTOBER, place="96", supply=Supply.ZERO)

    found = month(advances=[zero])

    assert found.sums[Section.AT] == NOTHING and gstr_check.untaxed(found) == [zero]


def test_without_a_registered_customer_the_b2b_tab_has_a_row_of_zeros():
    hsn = gstr_file.tree(month(paper("1000")))["hsn"]

    assert [(row["num"], row["hsn_sc"], str(row["txval"])) for row in hsn["hsn_b2b"]] == [(1, "998419", "0")]
    assert str(hsn["hsn_b2c"][0]["txval"]) == "1000"


def test_each_service_has_its_words():
    assert all(official and 0 < len(ours) <= 30 for official, ours in SACS.values())
    assert all(len(code) == 6 and code.isdecimal() for code in SACS)


def test_an_empty_month_has_no_sections():
    assert list(gstr_file.tree(month())) == ["gstin", "fp", "version", "hash"]


@pytest.mark.parametrize(
    ("hundredths", "text"), [(0, "0"), (5, "0.05"), (50, "0.5"), (-10010, "-100.1"), (10**13, "1" + "0" * 11)]
)
def test_numbers_have_at_most_two_decimals(hundredths, text):
    assert str(gstr_file.Hundredths(hundredths)) == text


def test_a_large_month_is_split_and_its_sums_stand_in_the_first_file(monkeypatch):
    monkeypatch.setattr(gstr_file, "PART", 2)
    bills = [
        paper(registration="regular", gstin=f"G{place}", number=f"VI/2627/{place:06}") for place in range(5)
    ]
    found = month(*bills, paper("10"))

    trees = [gstr_file.tree(found, part) for part in range(1, gstr_file.parts(found) + 1)]

    assert [len(tree["b2b"]) for tree in trees] == [2, 2, 1]
    assert ["b2cs" in tree for tree in trees] == [True, False, False]
    assert all(tree["fp"] == "102026" for tree in trees)


# fmt: off
IN_THE_WAY = [
    ({"registration": "regular"},                                            "names no GSTIN"),
    ({"registration": "sez_lut"},                                            "names no GSTIN"),
    ({"registration": "regular", "gstin": "29ZZZCB0002B1ZX"},                "check character is wrong"),
    ({"registration": "regular", "gstin": "27ZZZCM0003C1ZM"},                "belongs to Maharashtra"),
    ({"place": ""},                                                          "no State of the list"),
    ({"place": "25"},                                                        "no State of the list"),
    ({"items": (Item("", 1800, Tax(1)),)},                                   "SAC (none) is not"),
    ({"items": (Item("997331", 1800, Tax(1)),)},                             "SAC 997331 is not"),
    ({"items": (Item("998419", 1200, Tax(1)),)},                             "rate of 12 % is none"),
    ({"items": ()},                                                          "has no lines"),
    ({"kind": "credit_note"},                                                "note without its invoice"),
]
# fmt: on


@pytest.mark.parametrize(("words", "said"), IN_THE_WAY)
def test_what_a_document_lacks_is_said(words, said):
    [found] = gstr_check.obstacles(month(paper(**words)))

    assert said in found.text and found.document == 1


def test_a_hole_in_a_series_and_another_gstin_are_said():
    runs = [
        Run("invoice", "VI/2627/000001", "VI/2627/000003", 3),
        Run("invoice", "VI/2627/000005", "VI/2627/000005", 1),
    ]

    hole, stranger = sorted(
        gstr_check.obstacles(month(runs=runs), [("VI/2627/000009", 9)]), key=lambda one: one.text
    )

    assert "between VI/2627/000003 and VI/2627/000005" in stranger.text or "another return" in stranger.text
    assert {hole.document, stranger.document} == {None, 9}
    [row] = gstr_file.tree(month(runs=runs))["doc_issue"]["doc_det"]
    assert [(one["from"], one["totnum"], one["net_issue"]) for one in row["docs"]] == [
        ("VI/2627/000001", 3, 3), ("VI/2627/000005", 1, 1),
    ]  # fmt: skip
