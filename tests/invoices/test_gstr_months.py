"""What must hold of the returns of every month, whatever documents and advances it has."""

import json
from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.states import STATE_NAMES
from billing_portal import money
from invoices import gstr, gstr_file
from invoices.gst import NOTHING, Supply, Tax
from invoices.gstr import Section
from invoices.gstr_check import Check, Posting
from tests.invoices.test_gstr import OCTOBER, advance, month, paper

REGISTRATIONS = ("regular", "uin", "unregistered", "sez_lut", "sez_taxed", "export_lut", "export_taxed")
places = st.sampled_from([code for code in STATE_NAMES if code != "96"])
amounts = st.integers(1, 10**9).map(lambda value: f"{value // 100}.{value % 100:02}")


@st.composite
def papers(draw, kinds=("invoice", "debit_note", "credit_note")):
    registration = draw(st.sampled_from(REGISTRATIONS))
    place = "96" if registration.startswith("export") else draw(places)
    number = draw(st.integers(1, 999_999))
    return paper(
        draw(amounts), kind=draw(st.sampled_from(kinds)), registration=registration, place=place,
        letters=draw(st.booleans()), number=f"VI/2627/{number:06}", original_on=date(2026, 9, 1),
        original_total=draw(st.integers(1, 10**9)), gstin="29ZZZCB0002B1ZW",
    )  # fmt: skip


@st.composite
def vouchers(draw):
    taken = draw(st.sampled_from(["", "is_use", "is_refund"]))
    return advance(
        draw(amounts), on=OCTOBER,
        received_on=draw(st.sampled_from([date(2026, 9, 30), OCTOBER])) if taken else OCTOBER,
        place=draw(places), supply=draw(st.sampled_from(Supply)), **({taken: True} if taken else {}),
    )  # fmt: skip


def months():
    made = st.tuples(
        st.lists(papers(), max_size=12, unique_by=lambda one: one.number),
        st.lists(vouchers(), max_size=8),
        st.sampled_from(["negative_11A", "rfd01_only"]),
    )
    return made.map(lambda parts: month(*parts[0], advances=parts[1], refunds=parts[2]))


def amounts_of(rows, *names):
    return [sum((Decimal(str(row.get(name, 0))) for row in rows), Decimal()) for name in names]


def read(found):
    """The file's own words, numbers exact."""
    return json.loads("".join(gstr_file.written(gstr_file.tree(found))), parse_float=Decimal)


@given(months())
@settings(max_examples=60)
def test_sections_are_made_of_all_documents_and_sum_to_them(found):
    supplies = [found.sums[one] for one in gstr.OF_SUPPLIES]

    assert {one.number: where for where, papers in found.by_section.items() for one in papers} == {
        one.number: gstr.section(one) for one in found.papers
    }
    assert sum(supplies, NOTHING) == sum((one.signed for one in found.papers), NOTHING)
    assert found.table_12 == sum(one.signed.taxable for one in found.papers)
    figures = found.gstr3b
    advances = found.sums[Section.AT] - found.sums[Section.TXPD]
    assert figures.taxable + figures.zero_rated == sum(supplies, NOTHING) + advances


@given(months())
@settings(max_examples=60)
def test_the_file_holds_the_figures_exactly(found):
    tree = read(found)

    one_by_one = [
        (sign, item.get("itm_det", item))
        for name, rows in (("b2b", "inv"), ("b2cl", "inv"), ("exp", "inv"), ("cdnr", "nt"))
        for group in tree.get(name, [])
        for row in group[rows]
        for sign in [-1 if row.get("ntty") == "C" else 1]
        for item in row["itms"]
    ]
    one_by_one += [
        (-1 if row["ntty"] == "C" else 1, item["itm_det"])
        for row in tree.get("cdnur", [])
        for item in row["itms"]
    ]
    one_by_one += [(1, row) for row in tree.get("b2cs", [])]
    for name, field in (("txval", "taxable"), ("iamt", "igst"), ("camt", "cgst"), ("samt", "sgst")):
        ours = sum(getattr(one.signed, field) for one in found.papers)
        assert sum((sign * Decimal(str(row.get(name, 0))) for sign, row in one_by_one), Decimal()) == Decimal(
            money.rupees(ours)
        )
    for name, section in (("at", Section.AT), ("txpd", Section.TXPD)):
        rows = [item for group in tree.get(name, []) for item in group["itms"]]
        value = found.sums[section]
        assert amounts_of(rows, "ad_amt", "iamt", "camt") == [
            Decimal(money.rupees(one)) for one in (value.taxable, value.igst, value.cgst)
        ]


@given(months())
@settings(max_examples=30)
def test_no_row_carries_both_kinds_of_tax_and_the_same_month_gives_the_same_bytes(found):
    text = "".join(gstr_file.written(gstr_file.tree(found)))

    assert text == "".join(gstr_file.written(gstr_file.tree(found)))
    for row in _rows(json.loads(text)):
        if "hsn_sc" not in row:
            assert not {"iamt", "camt"} <= set(row)
    tally = Counter(one.number for one in found.papers if gstr.section(one) != Section.B2CS)
    assert all(text.count(f'"{number}"') == count for number, count in tally.items())


def _rows(value):
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from _rows(one)


@given(st.lists(papers(), min_size=1, max_size=10, unique_by=lambda one: one.number), st.integers(1, 10**6))
@settings(max_examples=40)
def test_the_check_finds_just_the_posting_that_differs(made, paise_off):
    found = month(*made)
    right = [
        Posting(
            place, f"{one.kind}:{one.number}", one.number, False, False, False, one.on, one.on, one.signed
        )
        for place, one in enumerate(made)
    ]
    assert Check(found, tuple(right)).total.agrees and Check(found, tuple(right)).differences == []

    wrong = right[0].value + Tax(0, igst=paise_off)
    odd = Posting(*[getattr(right[0], name) for name in Posting.__slots__[:-1]], wrong)
    check = Check(found, (odd, *right[1:]))

    assert [one.number for one in check.differences] == [made[0].number]
    assert check.total.difference == Tax(0, igst=-paise_off)
