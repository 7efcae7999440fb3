"""Customers through the real SDK."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway

ASHA = {"name": "Asha Rao", "contact": "+919800000001", "email": "asha@example.in"}


def test_a_customer_answers_with_the_documented_fields(sdk):
    customer = sdk.customer.create(ASHA | {"gstin": "29ABCDE1234F1Z5", "notes": {"account": "BA-1"}})

    assert customer.pop("id").startswith("cust_")
    assert customer == ASHA | {
        "entity": "customer",
        "gstin": "29ABCDE1234F1Z5",
        "notes": {"account": "BA-1"},
        "created_at": NOON,
    }


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": None}, "name", "required"),
        ({"name": "Al"}, "name", "at least 3"),
        ({"name": "A" * 51}, "name", "greater than 50"),
        ({"name": "Asha & Co"}, "name", "invalid"),
        ({"name": "-Asha"}, "name", "invalid"),
        ({"name": "Asha-"}, "name", "invalid"),
        ({"contact": "98-00000001"}, "contact", "invalid characters"),
        ({"contact": "+9198000"}, "contact", "at least 8 digits"),
        ({"contact": "+919800000001000"}, "contact", "greater than 15"),
        ({"email": "asha"}, "email", "valid email"),
        ({"email": "a" * 60 + "@b.in"}, "email", "greater than 64"),
        ({"gstin": "29"}, "gstin", "gstin"),
        ({"colour": 1}, "colour", "should not be sent"),
        ({"fail_existing": "2"}, None, "fail_existing"),
        ({"notes": {str(n): "" for n in range(16)}}, "notes", "15 keys"),
    ],
)
def test_a_wrong_customer_is_refused_by_field(sdk, change, field, words):
    with pytest.raises(RefusedByGateway) as refusal:
        sdk.customer.create(ASHA | change)

    assert refusal.value.status == 400
    assert words in refusal.value.error["description"]
    assert refusal.value.error.get("field") == field or field is None


@pytest.mark.parametrize(
    "name", ["Asha Rao (Mrs.)", "R.K. O'Neil", "a-b_c@d/e", "123", "Rao & Co".replace("&", "-")]
)
def test_names_may_hold_what_the_gateway_allows(sdk, name):
    assert sdk.customer.create(ASHA | {"name": name})["name"] == name


@pytest.mark.parametrize("fail_existing", [{}, {"fail_existing": "1"}, {"fail_existing": 1}])
def test_the_same_customer_again_is_an_error_by_default(sdk, fail_existing):
    sdk.customer.create(ASHA)

    with pytest.raises(RefusedByGateway, match=r"Customer already exists for the merchant\."):
        sdk.customer.create(ASHA | fail_existing)


def test_the_existing_customer_is_returned_when_asked_for(sdk):
    first = sdk.customer.create(ASHA)

    again = sdk.customer.create(ASHA | {"name": "Another Name", "fail_existing": "0"})

    assert again == first


@pytest.mark.parametrize("change", [{"email": "other@example.in"}, {"contact": "+919800000009"}])
def test_the_account_decides_whether_one_thing_in_common_is_enough(box, sdk, change):
    first = sdk.customer.create(ASHA)
    box.control("POST", "/switches", {"same_customer": "contact_or_email"})
    assert sdk.customer.create(ASHA | change | {"fail_existing": "0"})["id"] == first["id"]

    box.control("POST", "/switches", {"same_customer": "contact_and_email"})

    assert sdk.customer.create(ASHA | change | {"fail_existing": "0"})["id"] != first["id"]


def test_people_without_contact_and_e_mail_are_not_the_same(sdk):
    first = sdk.customer.create({"name": "Asha Rao"})

    assert sdk.customer.create({"name": "Asha Rao"})["id"] != first["id"]


def test_a_customer_can_be_changed_and_is_found_by_the_new_contact(sdk):
    customer = sdk.customer.create(ASHA)

    changed = sdk.customer.edit(customer["id"], {"contact": "+919800000007"})

    assert changed == customer | {"contact": "+919800000007"}
    assert sdk.customer.fetch(customer["id"]) == changed
    assert sdk.customer.create(ASHA | {"fail_existing": "0"})["id"] != customer["id"]
    with pytest.raises(RefusedByGateway, match="already exists"):
        sdk.customer.edit(customer["id"], {"contact": ASHA["contact"]})
    with pytest.raises(RefusedByGateway, match="name"):
        sdk.customer.edit(customer["id"], {"name": "x"})


def test_customers_are_listed_newest_first(sdk):
    made = [sdk.customer.create({"name": f"Customer {number}"})["id"] for number in range(3)]

    page = sdk.customer.all({"count": 2})

    assert (page["entity"], page["count"]) == ("collection", 2)
    assert [customer["id"] for customer in page["items"]] == made[:0:-1]


@pytest.mark.parametrize(
    ("customer_id", "words"),
    [
        ("cust_short", "cust_short is not a valid id"),
        ("cust_AAAAAAAAAAAAAA", "The id provided does not exist"),
    ],
)
def test_unknown_customers_are_refused(sdk, new_order, customer_id, words):
    for call in (sdk.customer.fetch, lambda customer: new_order(customer_id=customer)):
        with pytest.raises(RefusedByGateway, match=words):
            call(customer_id)


def test_a_payment_of_a_customers_order_names_the_customer(box, sdk, new_order):
    customer = sdk.customer.create(ASHA)
    order = new_order(customer_id=customer["id"])

    payment = box.control("POST", f"/orders/{order['id']}/pay", {})["payment"]

    assert payment["customer_id"] == customer["id"]
