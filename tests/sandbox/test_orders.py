"""Orders through the real SDK: validation, receipts, lists, notes."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway, make_client


def test_an_order_answers_with_the_documented_fields(sdk):
    order = sdk.order.create(
        {"amount": 50000, "currency": "INR", "receipt": "RCH-1", "notes": {"recharge": "RCH-1"}}
    )

    assert order.pop("id").startswith("order_")
    assert order == {
        "entity": "order",
        "amount": 50000,
        "amount_paid": 0,
        "amount_due": 50000,
        "currency": "INR",
        "receipt": "RCH-1",
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": {"recharge": "RCH-1"},
        "created_at": NOON,
    }


GOOD = {"amount": 50000, "currency": "INR"}


@pytest.mark.parametrize(
    ("change", "description", "reason"),
    [
        ({"amount": 99}, "Order amount less than minimum amount allowed", "amount_less_than_minimum_amount"),
        ({"amount": 0}, "Order amount less than minimum amount allowed", "amount_less_than_minimum_amount"),
        ({"amount": 100.5}, "The amount must be an integer.", "input_validation_failed"),
        ({"amount": 100.0}, "The amount must be an integer.", "input_validation_failed"),
        ({"amount": "100"}, "The amount must be an integer.", "input_validation_failed"),
        ({"amount": True}, "The amount must be an integer.", "input_validation_failed"),
        ({"amount": None}, "amount: is required.", "input_validation_failed"),
        ({"amount": 10**12}, "Amount exceeds maximum amount allowed.", "input_validation_failed"),
        (
            {"currency": "XYZ"},
            "currency: validation_failure: BAD_REQUEST_INVALID_CURRENCY.",
            "input_validation_failed",
        ),
        ({"receipt": "x" * 41}, "receipt: the length must be no more than 40.", "input_validation_failed"),
        ({"receipt": "é"}, "receipt: must be a string of ASCII characters.", "input_validation_failed"),
        ({"colour": 1}, "colour is/are not required and should not be sent", "extra_field_sent"),
        ({"token": {}}, "token is/are not required and should not be sent", "extra_field_sent"),
        (
            {"notes": {str(n): "" for n in range(16)}},
            "notes: no more than 15 keys are allowed.",
            "input_validation_failed",
        ),
        ({"customer_id": "cust_Qa5T4r3E2w1Q0z"}, "The id provided does not exist", "input_validation_failed"),
        (
            {"payment": {"capture": "later"}},
            "The capture must be automatic or manual.",
            "input_validation_failed",
        ),
    ],
)
def test_a_wrong_order_is_refused_in_the_gateways_words(sdk, change, description, reason):
    with pytest.raises(RefusedByGateway) as refusal:
        sdk.order.create(GOOD | change)

    assert (refusal.value.status, refusal.value.error["description"], refusal.value.error["reason"]) == (
        400,
        description,
        reason,
    )


def test_empty_notes_are_a_list(new_order):
    assert new_order()["notes"] == []


def test_notes_can_be_changed_and_nothing_else(sdk, new_order):
    order = new_order()

    assert sdk.order.edit(order["id"], {"notes": {"a": "b"}})["notes"] == {"a": "b"}
    with pytest.raises(RefusedByGateway):
        sdk.order.edit(order["id"], {"amount": 1})


def test_a_repeated_receipt_makes_a_second_order_unless_it_asks_to_be_unique(new_order):
    first = new_order(receipt="R")

    assert new_order(receipt="R", unique_receipt=True)["id"] == first["id"]
    assert new_order(receipt="R")["id"] != first["id"]


def test_the_account_can_be_set_to_refuse_repeated_receipts(box, new_order):
    box.control("POST", "/switches", {"repeated_receipt": "reject", "unique_receipt": "reject"})
    new_order(receipt="R")

    for unique in (True, False):
        with pytest.raises(RefusedByGateway, match=r"Order receipt should be unique\."):
            new_order(receipt="R", unique_receipt=unique)


def test_a_list_is_newest_first_and_counts_what_it_returns(sdk, new_order):
    made = [new_order(receipt=f"R{number}")["id"] for number in range(4)]

    page = sdk.order.all({"count": 2, "skip": 1})

    assert (page["entity"], page["count"]) == ("collection", 2)
    assert [order["id"] for order in page["items"]] == made[2:0:-1]


def test_a_list_filters_by_receipt_time_and_authorised_payments(box, sdk, new_order):
    waiting = new_order(receipt="A", payment={"capture": "manual"})
    box.control("POST", f"/orders/{waiting['id']}/pay", {})
    box.advance("PT1M")
    other = new_order(receipt="B")

    def ids(**query):
        return [order["id"] for order in sdk.order.all(query)["items"]]

    assert ids(receipt="B") == [other["id"]]
    assert ids(authorized=1) == [waiting["id"]]
    assert ids(authorized=0) == [other["id"]]
    assert ids(to=NOON) == [waiting["id"]]
    assert ids(**{"from": NOON + 1}) == [other["id"]]


@pytest.mark.parametrize(
    ("query", "description"),
    [
        ({"count": 0}, "The count must be at least 1."),
        ({"count": 101}, "The count may not be greater than 100."),
        ({"skip": -1}, "The skip must be at least 0."),
        ({"from": 1}, "from must be between 946684800 and 4765046400"),
        ({"to": 4765046401}, "to must be between 946684800 and 4765046400"),
    ],
)
def test_list_parameters_have_limits(sdk, query, description):
    for resource in (sdk.order, sdk.payment):
        with pytest.raises(RefusedByGateway) as refusal:
            resource.all(query)
        assert refusal.value.error["description"] == description


def test_an_order_expands_to_its_payments_and_their_cards(box, sdk, new_order):
    order = new_order()
    box.control("POST", f"/orders/{order['id']}/pay", {"method": "card"})

    plain = sdk.order.fetch(order["id"], {"expand[]": "payments"})["payments"]
    with_card = sdk.order.fetch(order["id"], {"expand[]": "payments.card"})["payments"]

    assert (plain["count"], "card" in plain["items"][0]) == (1, False)
    assert with_card["items"][0]["card"]["last4"] == "1007"


@pytest.mark.parametrize(
    ("order_id", "description"),
    [
        ("order_short", "order_short is not a valid id"),
        ("order_AAAAAAAAAAAAAA", "The id provided does not exist"),
    ],
)
def test_unknown_and_misshapen_ids_are_told_apart(sdk, order_id, description):
    with pytest.raises(RefusedByGateway) as refusal:
        sdk.order.fetch(order_id)

    assert refusal.value.error["description"] == description


@pytest.mark.parametrize(
    ("key_id", "secret", "description"),
    [
        ("rzp_test_Nobody00000001", "sandbox_key_secret_1", "The api key provided is invalid"),
        ("rzp_test_Sandbox00000001", "wrong", "The api secret provided is invalid"),
    ],
)
def test_wrong_credentials_are_refused_with_the_exact_body(box, key_id, secret, description):
    client = make_client(box.url, key_id, secret)

    with client.session, pytest.raises(RefusedByGateway) as refusal:
        client.order.all({})

    assert refusal.value.status == 401
    assert refusal.value.error == {
        "code": "BAD_REQUEST_ERROR",
        "description": description,
        "source": "NA",
        "step": "NA",
        "reason": "NA",
        "metadata": {},
    }


@pytest.mark.parametrize("header", [None, "basic abc", "Basic !!!", "Bearer x", "Basic bm9jb2xvbg=="])
def test_a_misshapen_authorization_header_fails(box, header):
    headers = {"Authorization": header} if header else {}

    answer = box.http.get(f"{box.url}/v1/orders", headers=headers)

    assert (answer.status_code, answer.json()["error"]["description"]) == (401, "Authentication failed")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("DELETE", "/v1/orders"),
        ("POST", "/v1/plans"),
        ("POST", "/v1/subscriptions"),
        ("POST", "/v1/payments/pay_AAAAAAAAAAAAAA/transfers"),
        ("GET", "/v1/orders/"),
    ],
)
def test_unknown_paths_verbs_and_products_answer_400(box, method, path):
    answer = box.http.request(method, box.url + path, auth=(box.key_id, box.key_secret))

    assert answer.status_code == 400
    assert answer.json()["error"]["description"] == "The requested URL was not found on the server."


@pytest.mark.parametrize("body", ["{", "[1]", "nan"])
def test_malformed_json_answers_eof(box, body):
    answer = box.http.post(f"{box.url}/v1/orders", content=body, auth=(box.key_id, box.key_secret))

    assert (answer.status_code, answer.json()["error"]["description"]) == (400, "EOF")


def test_a_rotated_key_dies_after_its_grace(box, sdk):
    new = box.control("POST", "/keys/rotate", {"grace": "P1D"})
    successor = make_client(box.url, new["id"], new["secret"])

    with successor.session:
        assert sdk.order.all({})["count"] == successor.order.all({})["count"] == 0
        box.advance("P1D")
        assert successor.order.all({})["count"] == 0
    with pytest.raises(RefusedByGateway, match="The api key provided is invalid"):
        sdk.order.all({})
