"""Registered texts: the table is sane, variables fit, hostile words become plain ones."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import sms_checks, sms_templates, sms_text
from accounts.phones import NotAMobile, normal
from accounts.sms_templates import BY_NAME, TEMPLATES, Variable, render
from billing_portal.money import LARGEST

WORDS = {"site": "https://billing.operator.example", "operator": "Kaveri Voice"}
FACTS = {
    "ban": "BA-100042",
    "balance": -1_234_50,
    "minimum_balance": 50_000,
    "minimum_to_pay": 2_046_00,
    "limit": 100_00,
    "to_clear": 755_20,
    "level": "suspended",
    "invoice": "VI/2627/000011",
    "due": 1_180_00,
    "next_on": "2026-11-22",
    "next_action": "suspend",
    "mandate": "MND2627-000007",
    "instrument": "Visa ···· 1007",
    "ceiling": 15_000_00,
    "valid_until": "2036-11-24",
    "expires_on": "2026-12-31",
    "amount": 708_00,
    "at": "2026-12-02T10:00:00+05:30",
    "due_on": "2026-12-02",
}
# fmt: off
TEXTS = {
    "low-balance":
        "Account BA-100042: balance -Rs 1,234.50 is below your minimum. Pay Rs 2,046.00 or more: "
        "https://billing.operator.example/BA-100042/payments/ Kaveri Voice",
    "credit-suspended":
        "Account BA-100042: credit limit Rs 100.00 exceeded. Stopped: All calls and messages. Pay Rs 755.20: "
        "https://billing.operator.example/BA-100042/payments/ Kaveri Voice",
    "credit-restored":
        "Account BA-100042 is back inside its credit limit. Another restriction stands. Balance -Rs 1,234.50. "
        "https://billing.operator.example/BA-100042/ Kaveri Voice",
    "service-restored":
        "Account BA-100042: thank you. Another restriction stands. Balance -Rs 1,234.50. "
        "https://billing.operator.example/BA-100042/ Kaveri Voice",
    "overdue-reminder":
        "Account BA-100042: invoice VI/2627/000011 is overdue, Rs 1,180.00 to pay. On 22 Nov 2026 all your "
        "numbers stop. Pay: https://billing.operator.example/BA-100042/payments/ Kaveri Voice",
    "outbound-blocked":
        "Account BA-100042: outgoing calls stopped, invoice VI/2627/000011 is overdue. Pay Rs 1,180.00: "
        "https://billing.operator.example/BA-100042/payments/ On 22 Nov 2026 all your numbers stop. Kaveri Voice",
    "suspended":
        "Account BA-100042: all numbers stopped, invoice VI/2627/000011 is overdue. Pay Rs 1,180.00: "
        "https://billing.operator.example/BA-100042/payments/ On 22 Nov 2026 all your numbers stop. Kaveri Voice",
    "archived":
        "Account BA-100042: service data archived, VI/2627/000011 overdue. It may be deleted from 22 Nov 2026. "
        "To return pay Rs 1,180.00 and a recovery fee: https://billing.operator.example/BA-100042/ "
        "Kaveri Voice",
    "last-notice":
        "Account BA-100042: last notice. Its service data is deleted, not before 22 Nov 2026, unless you pay "
        "Rs 1,180.00 and a recovery fee: https://billing.operator.example/BA-100042/ Kaveri Voice",
    "auto-pay-notice":
        "Account BA-100042: auto-pay takes Rs 708.00 on 2 Dec 2026, mandate MND2627-000007. See or stop it: "
        "https://billing.operator.example/BA-100042/auto-pay/ Kaveri Voice",
    "auto-pay-debited":
        "Account BA-100042: auto-pay took Rs 708.00 on 2 Dec 2026, mandate MND2627-000007. "
        "https://billing.operator.example/BA-100042/auto-pay/ Kaveri Voice",
    "auto-pay-failed":
        "Account BA-100042: the debit of Rs 708.00 failed, mandate MND2627-000007. Pay: "
        "https://billing.operator.example/BA-100042/payments/ Kaveri Voice",
    "auto-pay-asked":
        "Account BA-100042: please pay Rs 1,180.00 by 2 Dec 2026 yourself, auto-pay does not take it: "
        "https://billing.operator.example/BA-100042/payments/ Kaveri Voice",
    "auto-pay-set-up":
        "Account BA-100042: auto-pay from Visa 1007 is set up, at most Rs 15,000.00 a debit until "
        "24 Nov 2036. Not you? Cancel it: https://billing.operator.example/BA-100042/auto-pay/ Kaveri Voice",
    "auto-pay-cancelled":
        "Account BA-100042: auto-pay MND2627-000007 from Visa 1007 has ended. No further debit is made; please pay "
        "invoices yourself: https://billing.operator.example/BA-100042/auto-pay/ Kaveri Voice",
    "mandate-failed":
        "Account BA-100042: auto-pay MND2627-000007 was not set up. Please try again or another way: "
        "https://billing.operator.example/BA-100042/auto-pay/ Kaveri Voice",
    "card-expiring":
        "Account BA-100042: the card Visa 1007 of auto-pay ends on 31 Dec 2026. Please set up the new one: "
        "https://billing.operator.example/BA-100042/auto-pay/ Kaveri Voice",
}
# fmt: on
HOSTILE = [
    "<b>x</b>\r\nBcc: all",
    "\u202egnp.exe",
    "x" * 10_000,
    "\x00\x07",
    "₹ 5 – “ok”",
    "आशा राव",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_texts(name, text):
    assert render(BY_NAME[name], FACTS, **WORDS) == text


def test_every_row_is_tried():
    assert set(TEXTS) == set(BY_NAME)


def test_the_table_is_sane():
    assert sms_checks.problems(TEMPLATES, **WORDS) == []
    assert sms_checks.registered_texts() == []


ROW = TEMPLATES[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dlt_id": "12345"}, "not 19 digits"),
        ({"dlt_id": "१" * 19}, "not 19 digits"),
        ({"body": "Account {#var#}"}, "1 placeholders for 4 variables"),
        ({"body": ROW.body + " ₹"}, "not in GSM-7"),
        ({"body": ROW.body + " {name}"}, "a brace"),
        ({"body": ROW.body + " {#var}"}, "a brace"),
        ({"body": ROW.body + "x" * 100}, "up to 3 parts"),
    ],
)
def test_a_wrong_row_is_named(change, words):
    [problem] = sms_checks.problems([replace(ROW, **change)], **WORDS)

    assert problem.startswith("low-balance: ")
    assert words in problem


def test_names_and_ids_are_unique():
    problems = sms_checks.problems([ROW, ROW], **WORDS)

    assert problems == [
        "low-balance: more than one row.",
        f"{ROW.dlt_id}: more than one template has this id.",
    ]


def test_a_production_instance_needs_its_own_ids(settings):
    settings.PRODUCTION, settings.SMS_TEMPLATE_IDS = (
        True,
        {"low-balance": "1", "no-such": "1107161234567890123"},
    )

    found = [error.msg for error in sms_checks.registered_texts()]

    assert "SMS_TEMPLATE_IDS has no id for last-notice." in found
    assert "SMS_TEMPLATE_IDS names no-such, which is no notice by SMS." in found
    assert "SMS_TEMPLATE_IDS: the id of low-balance is not 19 digits." in found
    assert not [text for text in found if "low-balance." in text]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_words_become_plain_ones(value):
    made = sms_text.word(value)

    assert 0 < len(made) <= 30
    assert sms_text.septets(made) == len(made)
    assert not set(made) & set("<>{}\r\n\u202e|=")


@given(st.text(max_size=300))
def test_a_word_always_fits_and_is_stable(value):
    made = sms_text.word(value)

    assert 0 < len(made) <= 30
    assert sms_text.septets(made) == len(made)
    assert sms_text.clean(sms_text.clean(value)) == sms_text.clean(value)


def test_a_long_word_is_cut_at_its_end():
    assert (
        sms_text.word("Sree Venkateswara Constructions Private Limited") == "Sree Venkateswara Constructi.."
    )


@pytest.mark.parametrize("paise", [LARGEST, -LARGEST, 0, 1])
def test_every_amount_fits(paise):
    assert len(sms_templates.amount(paise)) <= 30


def test_an_address_is_never_cut():
    assert sms_templates.pay_path("BA-" + "9" * 12) == "BA-999999999999/payments/"
    with pytest.raises(sms_text.TooLong):
        sms_templates.pay_path("x" * 30)


def test_a_hostile_fact_makes_no_new_placeholder():
    row = replace(ROW, variables=(Variable("ban", sms_text.word), *ROW.variables[1:]))

    text = render(row, FACTS | {"ban": "{#var#}{site}"}, **WORDS)

    assert text.startswith("Account #var#site: balance -Rs 1,234.50 is")


def test_a_missing_fact_is_an_error_not_a_gap():
    with pytest.raises(KeyError, match="balance"):
        render(ROW, {"ban": "BA-100042"}, **WORDS)


@pytest.mark.parametrize(("length", "parts"), [(1, 1), (160, 1), (161, 2), (306, 2), (307, 3)])
def test_parts(length, parts):
    assert sms_text.parts(length) == parts


@pytest.mark.parametrize(
    "typed",
    [
        "9800000001",
        "98000 00001",
        "098000-00001",
        "+91 98000 00001",
        "91-9800000001",
        "0091 (98000) 00001",
        "+919800000001",
    ],
)
def test_a_mobile_is_kept_in_one_way(typed):
    assert normal(typed) == "+919800000001"


def test_no_mobile_is_none():
    assert normal("  ") == ""


@pytest.mark.parametrize(
    "typed",
    [
        "5800000001",
        "980000000",
        "98000000011",
        "+1 202 555 0143",
        "020 4000 1234",
        "९८०००००००१",
        "98000 00001 x",
        "+91+919800000001",
    ],
)
def test_other_numbers_are_refused(typed):
    with pytest.raises(NotAMobile):
        normal(typed)
