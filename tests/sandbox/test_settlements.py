"""Settlements and reconciliation through the real SDK: the cycle, the rows, what is carried over, what goes wrong."""

import time
from datetime import datetime

import pytest

from sandbox.working_days import INDIA
from tests.sandbox.conftest import RefusedByGateway
from tests.sandbox.test_payments import pay, produced

TUESDAY = "2026-08-18"  # the day on which every test begins; the 15th was a holiday, 22nd is a 4th Saturday


def at(day, hour=11):
    return int(datetime.fromisoformat(f"{day}T{hour:02d}:00").replace(tzinfo=INDIA).timestamp())


def go(box, day, hour=11):
    box.control("POST", "/clock", {"set": at(day, hour)})


def fault(box, kind, **do):
    box.control("POST", "/faults", {"on": "settlement", "do": {"kind": kind, **do}})


def rows(sdk, day, **more):
    year, month, number = (int(part) for part in day.split("-"))
    return sdk.settlement.report({"year": year, "month": month, "day": number, "count": 1000, **more})[
        "items"
    ]


def total(found):
    return sum(row["credit"] - row["debit"] for row in found)


def test_the_tests_begin_on_a_tuesday(box):
    assert datetime.fromtimestamp(box.control("GET", "/clock")["now"], INDIA).date().isoformat() == TUESDAY


def test_two_working_days_later_at_eleven_all_is_paid_in_one_sum(box, sdk, new_order):
    first = pay(box, new_order(receipt="R-1", notes={"a": "b"}), method="card")
    second = pay(box, new_order(33333), method="netbanking")
    refund = sdk.payment.refund(first["id"], {"amount": 20000, "notes": {"k": "v"}})
    box.control("POST", "/clock", {"set": at("2026-08-20") - 1})
    assert sdk.settlement.all()["count"] == 0

    box.advance("PT1S")

    [settlement] = sdk.settlement.all()["items"]
    assert settlement["amount"] == (50000 - 1180) + (33333 - 787) - 20000
    assert (settlement["status"], settlement["fees"], settlement["tax"]) == ("processed", 0, 0)
    assert (settlement["utr"], settlement["created_at"]) == ("UTIBN12026082000001", at("2026-08-20"))
    assert sdk.settlement.fetch(settlement["id"]) == settlement
    event = box.control("GET", "/events", event="settlement.processed")["items"][0]["body"]
    assert event["payload"]["settlement"]["entity"] == settlement
    found = {row["entity_id"]: row for row in rows(sdk, "2026-08-20")}
    assert set(found) == {first["id"], second["id"], refund["id"]}
    assert total(found.values()) == settlement["amount"]
    row = found[first["id"]]
    assert (row["type"], row["debit"], row["credit"], row["amount"]) == ("payment", 0, 48820, 50000)
    assert (row["fee"], row["tax"], row["payment_id"]) == (1180, 180, None)
    assert (row["order_id"], row["order_receipt"]) == (first["order_id"], "R-1")
    assert (row["card_network"], row["card_issuer"], row["card_type"]) == ("Visa", "HDFC", "debit")
    assert (row["settled"], row["settled_at"], row["on_hold"]) == (True, at("2026-08-20"), False)
    assert (row["settlement_id"], row["settlement_utr"]) == (settlement["id"], settlement["utr"])
    back = found[refund["id"]]
    assert (back["type"], back["debit"], back["credit"], back["fee"]) == ("refund", 20000, 0, 0)
    assert (back["payment_id"], back["notes"]) == (first["id"], '{"k": "v"}')


@pytest.mark.parametrize(
    ("captured", "paid"),
    [
        ("2026-08-20", "2026-08-24"),  # Thursday: Friday, then over a 4th Saturday and Sunday
        ("2026-08-23", "2026-08-25"),  # Sunday
        ("2026-08-28", "2026-08-31"),  # Friday: the 5th Saturday is a working day
        ("2026-10-01", "2026-10-05"),  # over Gandhi Jayanti
    ],
)
def test_the_cycle_counts_the_banks_working_days(box, sdk, new_order, captured, paid):
    go(box, captured, 23)
    pay(box, new_order())

    box.advance("P7D")

    assert sdk.settlement.all()["items"][0]["created_at"] == at(paid)


def test_the_holiday_table_can_be_edited_also_after_the_capture(box, sdk, new_order):
    pay(box, new_order())
    box.control("POST", "/holidays", {"holidays": ["2026-08-20"]})

    go(box, "2026-08-20", 12)
    assert sdk.settlement.all()["count"] == 0
    go(box, "2026-08-21")

    assert sdk.settlement.all()["count"] == 1
    assert box.control("GET", "/holidays") == {"holidays": ["2026-08-20"]}


@pytest.mark.parametrize("days", ["2026-08-20", ["20-08-2026"], [20260820]])
def test_a_wrong_holiday_table_is_refused(box, days):
    with pytest.raises(AssertionError, match="holidays must be a list of dates"):
        box.control("POST", "/holidays", {"holidays": days})


def test_each_day_has_its_own_settlement(box, sdk, new_order):
    first = pay(box, new_order())
    go(box, "2026-08-19", 20)
    second = pay(box, new_order())

    go(box, "2026-08-21")

    assert [row["entity_id"] for row in rows(sdk, "2026-08-20")] == [first["id"]]
    assert [row["entity_id"] for row in rows(sdk, "2026-08-21")] == [second["id"]]
    utrs = [settlement["utr"] for settlement in sdk.settlement.all()["items"]]
    assert utrs == ["UTIBN12026082100002", "UTIBN12026082000001"]


def test_a_sum_that_is_not_positive_waits_for_a_better_day(box, sdk, new_order):
    first = pay(box, new_order())
    go(box, "2026-08-20")
    refund = sdk.payment.refund(first["id"], {})
    go(box, "2026-08-24")
    assert sdk.settlement.all()["count"] == 1
    second = pay(box, new_order(100000))

    go(box, "2026-08-26")

    settlement = sdk.settlement.all()["items"][0]
    assert {row["entity_id"] for row in rows(sdk, "2026-08-26")} == {refund["id"], second["id"]}
    assert settlement["amount"] == 100000 - 2360 - 50000 == total(rows(sdk, "2026-08-26"))


def test_an_uncaptured_or_failed_payment_is_not_settled(box, sdk, new_order):
    pay(box, new_order(payment={"capture": "manual"}))
    pay(box, new_order(), outcome="fail")

    box.advance("P10D")

    assert sdk.settlement.all()["count"] == 0


def test_transfers_and_instant_refunds_are_settled_with_their_fees(box, sdk):
    account = sdk.virtual_account.create({"receivers": {"types": ["bank_account"]}})
    paid = box.control("POST", f"/virtual_accounts/{account['id']}/credit", {"amount": 5_000_000})
    refund = sdk.payment.refund(paid["id"], {"amount": 10000, "speed": "optimum"})
    go(box, "2026-08-20")

    found = {row["entity_id"]: row for row in rows(sdk, "2026-08-20")}

    assert (found[paid["id"]]["credit"], found[paid["id"]]["order_id"]) == (5_000_000 - 5900, None)
    assert found[paid["id"]]["method"] == "bank_transfer"
    assert (found[refund["id"]]["debit"], found[refund["id"]]["fee"]) == (10590, 590)
    assert sdk.settlement.all()["items"][0]["amount"] == 5_000_000 - 5900 - 10590


def test_a_refund_that_fails_in_time_is_not_settled(box, sdk, new_order):
    payment = pay(box, new_order())
    refund = sdk.payment.refund(payment["id"], {"amount": 20000})
    box.control("POST", f"/refunds/{refund['id']}/fail")

    go(box, "2026-08-20")

    assert [row["entity_id"] for row in rows(sdk, "2026-08-20")] == [payment["id"]]


def test_a_settled_refund_that_fails_comes_back_as_an_adjustment(box, sdk, new_order):
    payment = pay(box, new_order())
    refund = sdk.payment.refund(payment["id"], {"amount": 20000})
    box.control("POST", "/settlements/run")

    box.control("POST", f"/refunds/{refund['id']}/fail")

    go(box, "2026-08-20")
    [row] = rows(sdk, "2026-08-20")
    assert (row["type"], row["credit"], row["debit"], row["payment_id"]) == (
        "adjustment",
        20000,
        0,
        payment["id"],
    )
    assert row["entity_id"].startswith("adj_")


def test_control_settles_at_once_whatever_waits(box, sdk, new_order):
    assert box.control("POST", "/settlements/run") == {"settlement": None}
    payment = pay(box, new_order())

    settlement = box.control("POST", "/settlements/run")["settlement"]

    assert settlement == sdk.settlement.fetch(settlement["id"])
    assert [row["entity_id"] for row in rows(sdk, TUESDAY)] == [payment["id"]]
    box.advance("P7D")
    assert produced(box).count("settlement.processed") == 1


def test_rows_are_paged_by_month_and_day(box, sdk):
    made = box.control("POST", "/payments/bulk", {"count": 25})["items"]
    go(box, "2026-08-20")
    month = {"year": 2026, "month": 8}

    assert sdk.settlement.report(month)["count"] == 10
    pages = [sdk.settlement.report({**month, "count": 12, "skip": skip})["items"] for skip in (0, 12, 24)]

    assert [row["entity_id"] for page in pages for row in page] == made
    assert sdk.settlement.report({"year": 2026, "month": 9})["count"] == 0
    assert sdk.settlement.report({**month, "day": 19})["count"] == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"month": 8}, "year: is required."),
        ({"year": 2026}, "month: is required."),
        ({"year": 26, "month": 8}, "The year must be 4 digits."),
        ({"year": 2026, "month": 13}, "The month must be between 1 and 12."),
        ({"year": 2026, "month": 8, "day": 32}, "The day must be between 1 and 31."),
        ({"year": 2026, "month": 8, "count": 1001}, "The count must be between 1 and 1000."),
        ({"year": 2026, "month": 8, "skip": -1}, "The skip must be at least 0."),
        ({"year": 2026, "month": "x"}, "The month must be an integer."),
        ({"year": 2026, "month": 8, "colour": "red"}, "should not be sent"),
    ],
)
def test_a_wrong_report_is_refused(sdk, query, words):
    with pytest.raises(RefusedByGateway, match=words):
        sdk.settlement.report(query)


def test_ten_thousand_payments_are_settled_quickly(box, sdk):
    started = time.monotonic()
    box.control("POST", "/payments/bulk", {"count": 10_000, "amount": 100_00})

    go(box, "2026-08-20")

    assert sdk.settlement.all()["items"][0]["amount"] == 10_000 * (100_00 - 236)
    last = sdk.settlement.report({"year": 2026, "month": 8, "count": 1000, "skip": 9000})
    assert last["count"] == 1000
    assert time.monotonic() - started < 60


def test_many_payments_take_receipts_and_make_no_events(box, sdk):
    [paid] = box.control("POST", "/payments/bulk", {"count": 1, "receipts": ["R-1"], "method": "wallet"})[
        "items"
    ]

    payment = sdk.payment.fetch(paid)

    assert (payment["status"], payment["fee"], payment["wallet"]) == ("captured", 1180, "airtelmoney")
    assert sdk.order.fetch(payment["order_id"])["receipt"] == "R-1"
    assert sdk.order.fetch(payment["order_id"])["status"] == "paid"
    assert produced(box) == []


@pytest.mark.parametrize(
    "body",
    [{"count": 0}, {"count": 20_001}, {"amount": 99}, {"method": "card"}, {"receipts": "R"}, {"count": "x"}],
)
def test_senseless_bulks_are_refused(box, body):
    with pytest.raises(AssertionError, match="400"):
        box.control("POST", "/payments/bulk", body)


# What goes wrong


def test_an_adjustment_nobody_knows_of(box, sdk, new_order):
    pay(box, new_order())
    fault(box, "adjustment", amount=-1500, description="Chargeback fee")

    go(box, "2026-08-20")

    row = rows(sdk, "2026-08-20")[-1]
    assert (row["type"], row["debit"], row["credit"], row["amount"]) == ("adjustment", 1500, 0, 1500)
    assert (row["description"], row["credit_type"]) == ("Chargeback fee", "default")
    assert sdk.settlement.all()["items"][0]["amount"] == 48820 - 1500 == total(rows(sdk, "2026-08-20"))


def test_an_adjustment_that_eats_everything_is_carried_over(box, sdk, new_order):
    pay(box, new_order())
    fault(box, "adjustment", amount=-48820)
    go(box, "2026-08-20")
    assert sdk.settlement.all()["count"] == 0
    pay(box, new_order())

    go(box, "2026-08-24")

    assert sdk.settlement.all()["items"][0]["amount"] == 48820
    assert len(rows(sdk, "2026-08-24")) == 3


def test_a_partial_settlement_pays_the_rest_a_working_day_later(box, sdk):
    box.control("POST", "/payments/bulk", {"count": 5})
    fault(box, "partial")

    go(box, "2026-08-21")

    second, first = sdk.settlement.all()["items"]
    assert (first["amount"], second["amount"]) == (3 * 48820, 2 * 48820)
    assert (first["created_at"], second["created_at"]) == (at("2026-08-20"), at("2026-08-21"))
    assert total(rows(sdk, "2026-08-20")) == first["amount"]
    assert total(rows(sdk, "2026-08-21")) == second["amount"]


def test_a_settlement_that_fails_is_paid_again_under_a_new_id(box, sdk):
    made = box.control("POST", "/payments/bulk", {"count": 3})["items"]
    fault(box, "failed")
    go(box, "2026-08-20")
    first = sdk.settlement.all()["items"][0]
    assert (first["status"], len(rows(sdk, "2026-08-20"))) == ("processed", 3)

    go(box, "2026-08-20", 15)
    assert sdk.settlement.fetch(first["id"])["status"] == "failed"
    assert rows(sdk, "2026-08-20") == []
    go(box, "2026-08-21")

    second = sdk.settlement.all()["items"][0]
    assert (second["status"], second["amount"]) == ("processed", first["amount"])
    assert (second["id"] != first["id"], second["utr"] != first["utr"]) == (True, True)
    assert [row["entity_id"] for row in rows(sdk, "2026-08-21")] == made


@pytest.mark.parametrize(("kind", "times"), [("row_missing", 0), ("row_duplicated", 2)])
def test_a_row_is_missing_or_comes_twice_while_the_sum_is_right(box, sdk, kind, times):
    made = box.control("POST", "/payments/bulk", {"count": 3})["items"]
    fault(box, kind)

    go(box, "2026-08-20")

    assert sdk.settlement.all()["items"][0]["amount"] == 3 * 48820
    told = [row["entity_id"] for row in rows(sdk, "2026-08-20")]
    assert [told.count(payment) for payment in made] == [times, 1, 1]


def test_a_wrong_fee_is_charged(box, sdk):
    [paid] = box.control("POST", "/payments/bulk", {"count": 1})["items"]
    fault(box, "wrong_fee", amount=20)

    go(box, "2026-08-20")

    [row] = rows(sdk, "2026-08-20")
    assert (row["fee"], row["credit"], row["amount"]) == (1200, 48800, 50000)
    assert sdk.settlement.all()["items"][0]["amount"] == 48800
    assert sdk.payment.fetch(paid)["fee"] == 1180


def test_a_row_is_posted_late_on_the_day_it_was_settled(box, sdk):
    box.control("POST", "/payments/bulk", {"count": 3})
    fault(box, "late", seconds=86400, rows=2)
    go(box, "2026-08-20")
    assert len(rows(sdk, "2026-08-20")) == 1

    go(box, "2026-08-21")

    found = rows(sdk, "2026-08-20")
    assert total(found) == sdk.settlement.all()["items"][0]["amount"]
    assert {row["posted_at"] for row in found[1:]} == {at("2026-08-21")}


@pytest.mark.parametrize(
    "do",
    [
        {"kind": "adjustment"},
        {"kind": "adjustment", "amount": "5"},
        {"kind": "late"},
        {"kind": "wrong_fee", "rows": "1"},
    ],
)
def test_a_fault_that_could_only_fail_later_is_refused(box, do):
    with pytest.raises(AssertionError, match="400"):
        box.control("POST", "/faults", {"on": "settlement", "do": do})
