"""The lines of a cycle's invoice: worked examples, and what holds for any facts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.bill_plan import Extra, Facts, Off, Once, Usage, plan, unit_price
from invoices.cycle import Span
from invoices.rating import Used

ENDED, NEXT = Span(date(2026, 10, 24), date(2026, 11, 23)), Span(date(2026, 11, 24), date(2026, 12, 23))
SAC = "998419"
BASIC = Facts(
    plan="Business",
    sac=SAC,
    ended=ENDED,
    full_days=31,
    price=310_000,
    charged=310_000,
    suspended=0,
    next_plan="Business",
    next_sac=SAC,
    next_span=NEXT,
    next_rental=310_000,
)


def lines(**more):
    return [(line.description, line.taxable) for line in plan(replace(BASIC, **more)).lines]


def test_rental_in_advance_and_usage_in_arrears_above_its_free_units():
    calls = Usage("Click-to-call", "minute", SAC, Used(1250, 1000, 60_000))
    unused = Usage("SMS", "message", SAC, Used(10, 250, 20_000))

    assert lines(usage=[calls, unused]) == [
        ("Business: rental 24 Nov – 23 Dec 2026", 310_000),
        ("Click-to-call 24 Oct – 23 Nov 2026: 250 minutes above 1,000 free at ₹0.60", 15_000),
    ]


# fmt: off
SUSPENDED = [
    # days  charged in advance  next rental  expected corrections
    (9,     310_000,            310_000,     [("Rental not charged: 9 days out of service", -90_000)]),
    (31,    310_000,            0,           []),  # nothing to take it off: carried
    (0,     310_000,            310_000,     []),
    (21,    0,                  310_000,     [("Business: rental 24 Oct – 23 Nov 2026, days in service", 100_000)]),
    (31,    0,                  0,           []),
]
# fmt: on


@pytest.mark.parametrize(("days", "charged", "next_rental", "expected"), SUSPENDED)
def test_days_out_of_service_cost_no_rental(days, charged, next_rental, expected):
    found = lines(suspended=days, charged=charged, next_rental=next_rental)

    assert [line for line in found if "24 Nov" not in line[0]] == expected


def test_what_finds_no_room_is_carried_to_the_next_invoice():
    planned = plan(replace(BASIC, suspended=31, next_rental=0, charges=[Once(1, "Porting", SAC, 50_000)]))

    assert planned.taxable == 0
    assert planned.carried == 260_000


# fmt: off
ADD_ONS = [
    # starts          ends            charged until    price expected    what the invoice says
    ((2026, 9, 1),    None,           (2026, 11, 23),  30_000,           "Number 24 Nov – 23 Dec 2026: 2 × ₹150.00"),
    ((2026, 11, 9),   None,           None,            30_000 + 14_516,
     "Number 9 Nov – 23 Dec 2026: 2 × ₹150.00, 15 of 31 days and 30 of 30 days"),
    ((2026, 9, 1),    (2026, 12, 8),  (2026, 11, 23),  15_000,
     "Number 24 Nov – 8 Dec 2026: 2 × ₹150.00, 15 of 30 days"),
    ((2026, 9, 1),    (2026, 11, 10), (2026, 11, 23),  0,                None),
    ((2026, 12, 14),  None,           None,            10_000,
     "Number 14 Dec – 23 Dec 2026: 2 × ₹150.00, 10 of 30 days"),
]
# fmt: on


@pytest.mark.parametrize(("starts", "ends", "until", "expected", "words"), ADD_ONS)
def test_an_add_on_is_charged_by_days(starts, ends, until, expected, words):
    extra = Extra(
        1,
        "Number",
        SAC,
        15_000,
        2,
        date(*starts),
        date(*ends) if ends else None,
        date(*until) if until else None,
    )

    found = [line for line in lines(add_ons=[extra]) if line[0].startswith("Number")]

    assert found == ([(words, expected)] if words else [])


def test_an_add_on_that_was_skipped_costs_nothing_for_days_without_supply():
    extra = Extra(1, "Number", SAC, 15_000, 2, date(2026, 9, 1), None, date(2026, 9, 23))
    ended = [date(2026, 10, 24) + timedelta(days=n) for n in range(31)]

    def charged(idle):
        return [line for line in lines(add_ons=[extra], idle=idle) if line[0].startswith("Number")]

    whole_next = ("Number 24 Nov – 23 Dec 2026: 2 × ₹150.00", 30_000)
    assert charged(ended) == [whole_next]
    assert charged(ended[:26]) == [
        ("Number 19 Nov – 23 Dec 2026: 2 × ₹150.00, 5 of 31 days and 30 of 30 days", 30_000 + 4_839)
    ]


def test_discounts_are_lines_and_never_take_the_invoice_below_zero():
    found = lines(discounts=[Off(1, "Welcome", 1000, None), Off(2, "Goodwill", None, 400_000)])

    assert found[1:] == [("Welcome", -31_000), ("Goodwill", -279_000)]


@pytest.mark.parametrize(("price", "text"), [(60_000, "₹0.60"), (3_750, "₹0.0375"), (125_000, "₹1.25")])
def test_a_unit_price_is_written_with_the_places_it_has(price, text):
    assert unit_price(price) == text


usages = st.builds(
    Usage, st.just("Calls"), st.just("minute"), st.just(SAC),
    st.builds(Used, st.integers(0, 10**5), st.integers(0, 10**4), st.integers(0, 10**6)),
)  # fmt: skip
charges = st.builds(Once, st.integers(1, 99), st.just("Charge"), st.just(SAC), st.integers(1, 10**7))
discounts = st.one_of(
    st.builds(Off, st.integers(1, 99), st.just("Off"), st.integers(1, 10_000), st.none()),
    st.builds(Off, st.integers(1, 99), st.just("Off"), st.none(), st.integers(1, 10**7)),
)
facts = st.builds(
    replace, st.just(BASIC), suspended=st.integers(0, 31), charged=st.sampled_from([0, 310_000]),
    next_rental=st.sampled_from([0, 310_000]), usage=st.lists(usages, max_size=4),
    charges=st.lists(charges, max_size=3, unique_by=lambda one: one.id),
    discounts=st.lists(discounts, max_size=3, unique_by=lambda one: one.id),
)  # fmt: skip


@given(facts)
def test_an_invoice_is_never_negative_and_nothing_of_a_correction_is_lost(told):
    planned = plan(told)

    assert planned.taxable >= 0
    assert 0 <= planned.carried <= 310_000
    correction = [line.taxable for line in planned.lines if line.description.startswith("Rental not charged")]
    if told.charged:
        assert planned.carried - sum(correction) == told.suspended * 10_000


@given(facts, st.randoms())
def test_the_order_of_rows_changes_nothing(told, dice):
    shuffled = replace(
        told,
        charges=dice.sample(told.charges, len(told.charges)),
        discounts=dice.sample(told.discounts, len(told.discounts)),
    )

    assert plan(shuffled).lines == plan(told).lines
