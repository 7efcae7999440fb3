"""Disputes through the real SDK: their whole life, won and lost, the money on its way, evidence and documents."""

import io

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.test_payments import pay, produced
from tests.sandbox.test_settlements import go, rows

WEEK = 7 * 86400
PDF = b"%PDF-1.7 a bill"


@pytest.fixture
def paid(box, new_order):
    return pay(box, new_order())


def dispute_of(box, payment, **facts):
    return box.control("POST", "/disputes", {"payment_id": payment["id"], **facts})


def move(box, dispute, step, **body):
    return box.control("POST", f"/disputes/{dispute['id']}/{step}", body)


def last_event(box, name):
    return box.control("GET", "/events", event=f"payment.dispute.{name}")["items"][0]["body"]


def document(sdk, content=PDF, name="bill.pdf", purpose="dispute_evidence"):
    file = io.BytesIO(content)
    file.name = name
    return sdk.document.create({"file": file, "purpose": purpose})


def disputes_told(box):
    return [name.removeprefix("payment.dispute.") for name in produced(box) if "dispute" in name]


def test_a_payer_disputes_a_payment(box, sdk, paid):
    dispute = dispute_of(box, paid, amount=20000, phase="fraud", reason_code="goods_not_received")

    assert (dispute["status"], dispute["amount"], dispute["amount_deducted"]) == ("open", 20000, 0)
    assert (dispute["phase"], dispute["reason_code"]) == ("fraud", "goods_not_received")
    assert (dispute["respond_by"], dispute["created_at"]) == (NOON + WEEK, NOON)
    assert (dispute["evidence"]["amount"], dispute["evidence"]["submitted_at"]) == (20000, None)
    assert sdk.dispute.fetch(dispute["id"]) == dispute
    assert sdk.dispute.all()["items"] == [dispute]
    assert sdk.dispute.fetch(dispute["id"], {"expand[]": "payment"})["payment"]["id"] == paid["id"]
    payload = last_event(box, "created")["payload"]
    assert payload["dispute"] == {"entity": dispute}
    assert payload["payment"]["entity"]["id"] == paid["id"]


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 50001},
        {"amount": 0},
        {"phase": "quarrel"},
        {"respond_by": NOON},
        {"respond_by": "soon"},
        {"payment_id": "pay_Qa9Z8y7X6w5V4u"},
    ],
)
def test_a_senseless_dispute_is_refused(box, paid, body):
    with pytest.raises(AssertionError, match="400"):
        dispute_of(box, paid, **body)


def test_only_captured_money_is_disputed(box, new_order):
    with pytest.raises(AssertionError, match="Only a captured payment"):
        dispute_of(box, pay(box, new_order(), outcome="fail"))


def test_an_accepted_dispute_is_lost_and_its_money_taken_from_a_settlement(box, sdk, new_order, paid):
    dispute = dispute_of(box, paid)

    lost = sdk.dispute.accept(dispute["id"])

    assert (lost["status"], lost["amount_deducted"]) == ("lost", 50000)
    pay(box, new_order(100000))
    go(box, "2026-08-20")
    row = next(row for row in rows(sdk, "2026-08-20") if row["type"] == "adjustment")
    assert (row["debit"], row["credit"], row["dispute_id"]) == (50000, 0, dispute["id"])
    assert row["payment_id"] == paid["id"]
    assert sdk.settlement.all()["items"][0]["amount"] == 48820 + 100000 - 2360 - 50000
    assert disputes_told(box) == ["created", "lost"]


def test_a_won_dispute_gives_back_what_was_taken_at_its_beginning(box, sdk, paid):
    box.control("POST", "/payments/bulk", {"count": 2})
    dispute = dispute_of(box, paid, amount=20000, deduct_at_onset=True)
    assert dispute["amount_deducted"] == 20000

    won = move(box, dispute, "win")

    assert (won["status"], won["amount_deducted"]) == ("won", 0)
    go(box, "2026-08-20")
    found = [row for row in rows(sdk, "2026-08-20") if row["type"] == "adjustment"]
    assert [(row["debit"], row["credit"]) for row in found] == [(20000, 0), (0, 20000)]
    assert {row["dispute_id"] for row in found} == {dispute["id"]}
    assert sdk.payment.fetch(paid["id"])["status"] == "captured"


def test_what_was_taken_at_the_beginning_is_not_taken_again(box, sdk, paid):
    box.control("POST", "/payments/bulk", {"count": 2})
    move(box, dispute_of(box, paid, deduct_at_onset=True), "lose")

    go(box, "2026-08-20")

    assert [row["debit"] for row in rows(sdk, "2026-08-20") if row["type"] == "adjustment"] == [50000]


def test_a_dispute_that_was_never_deducted_and_is_won_moves_no_money(box, sdk, paid):
    move(box, dispute_of(box, paid), "win")

    go(box, "2026-08-20")

    assert {row["type"] for row in rows(sdk, "2026-08-20")} == {"payment"}


@pytest.mark.parametrize("step", ["win", "lose", "close"])
def test_refunds_are_blocked_until_it_is_over(box, sdk, paid, step):
    dispute = dispute_of(box, paid)
    for status in ("open", "under_review"):
        assert sdk.dispute.fetch(dispute["id"])["status"] == status
        with pytest.raises(RefusedByGateway, match="blocked due to ongoing dispute investigation"):
            sdk.payment.refund(paid["id"], {"amount": 1000})
        move(box, dispute, "review")

    move(box, dispute, step)

    assert sdk.payment.refund(paid["id"], {"amount": 1000})["status"] == "pending"


def test_nobody_answering_in_time_loses(box, sdk, paid):
    dispute = dispute_of(box, paid, respond_by=NOON + 3600)
    box.advance("PT59M59S")
    assert sdk.dispute.fetch(dispute["id"])["status"] == "open"

    box.advance("PT1S")

    assert sdk.dispute.fetch(dispute["id"])["status"] == "lost"
    assert disputes_told(box) == ["created", "lost"]


def test_evidence_is_drafted_then_submitted_and_the_bank_may_want_more(box, sdk, paid):
    dispute, bill = dispute_of(box, paid), document(sdk)

    drafted = sdk.dispute.contest(dispute["id"], {"action": "draft", "summary": "Calls were made."})
    assert (drafted["status"], drafted["evidence"]["summary"]) == ("open", "Calls were made.")
    proof = {"billing_proof": [bill["id"]], "others": [{"type": "log", "document_ids": [bill["id"]]}]}
    sent = sdk.dispute.contest(dispute["id"], {"action": "submit", "amount": 40000, **proof})

    assert (sent["status"], sent["evidence"]["submitted_at"]) == ("under_review", NOON)
    assert sent["evidence"]["billing_proof"] == [bill["id"]]
    assert (sent["evidence"]["amount"], sent["evidence"]["summary"]) == (40000, "Calls were made.")
    with pytest.raises(RefusedByGateway, match="under_review and cannot be changed"):
        sdk.dispute.contest(dispute["id"], {"action": "draft"})
    box.advance("P30D")
    again = move(box, dispute, "action-required")
    assert (again["status"], again["respond_by"]) == ("open", NOON + 30 * 86400 + WEEK)
    payload = last_event(box, "action_required")["payload"]
    assert payload["dispute"]["evidence"] == again["evidence"] == payload["dispute"]["entity"]["evidence"]
    sdk.dispute.contest(dispute["id"], {"action": "submit"})
    move(box, dispute, "win")
    box.advance("P30D")
    assert disputes_told(box) == ["created", "under_review", "action_required", "under_review", "won"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"action": "shout"}, "The action must be draft or submit."),
        ({"action": "submit", "summary": "x"}, "at least one document"),
        ({"amount": 50001}, "at most the dispute's amount"),
        ({"summary": "x" * 1001}, "may not be greater than 1000"),
        ({"billing_proof": "doc_Qa9Z8y7X6w5V4u"}, "The billing_proof must be an array."),
        ({"billing_proof": ["doc_Qa9Z8y7X6w5V4u"]}, "The id provided does not exist"),
        ({"billing_proof": ["bill"]}, "bill is not a valid id"),
        ({"others": [{"type": "log"}]}, "The others must be an array."),
        ({"mood": "bad"}, "should not be sent"),
    ],
)
def test_wrong_evidence_is_refused(box, sdk, paid, body, words):
    dispute = dispute_of(box, paid)

    with pytest.raises(RefusedByGateway, match=words):
        sdk.dispute.contest(dispute["id"], body)

    assert sdk.dispute.fetch(dispute["id"]) == dispute


def test_what_is_over_stays_as_it_is(box, sdk, paid):
    dispute = dispute_of(box, paid)
    move(box, dispute, "close")

    for step in ("win", "lose", "review", "action-required", "close"):
        with pytest.raises(AssertionError, match="closed already"):
            move(box, dispute, step)
    with pytest.raises(RefusedByGateway, match="closed and cannot be changed"):
        sdk.dispute.accept(dispute["id"])
    assert disputes_told(box) == ["created", "closed"]


def test_documents_are_uploaded_and_fetched(sdk):
    kept = document(sdk)

    assert (kept["entity"], kept["purpose"], kept["name"]) == ("document", "dispute_evidence", "bill.pdf")
    assert (kept["mime_type"], kept["size"]) == ("application/pdf", len(PDF))
    assert sdk.document.fetch(kept["id"]) == kept


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"content": b"MZ"}, "must be a PDF, a JPEG or a PNG"),
        ({"content": b""}, "must be a PDF, a JPEG or a PNG"),
        ({"content": PDF + bytes(2 * 1024 * 1024)}, "may not be greater than 2 MB"),
        ({"purpose": "holiday"}, "The purpose must be dispute_evidence."),
    ],
)
def test_a_wrong_document_is_refused(sdk, how, words):
    with pytest.raises(RefusedByGateway, match=words):
        document(sdk, **how)


def test_documents_need_the_key(box):
    answer = box.http.post(f"{box.url}/v1/documents", files={"file": PDF}, auth=(box.key_id, "wrong"))

    assert answer.status_code == 401
