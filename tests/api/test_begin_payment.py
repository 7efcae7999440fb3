"""A program begins a payment: once a key, whatever the network does; with the panel's own rules."""

from functools import partial

import pytest
from django.urls import reverse

from accounts.levels import Level
from accounts.models.people import AccountQuerySet
from payments import api_orders, recharge
from payments.models import ApiOrder, Payment
from tests import build, fakes
from tests.api.customer import ask, begin, conforms, key
from tests.build import NOW
from tests.panel.test_locked import stop
from tests.payments.test_kill import dies_at
from tests.threads import errors, pause, together

pytestmark = pytest.mark.django_db
PATH = "/api/v1/accounts/{ban}/payments/"


@pytest.fixture
def account(world):
    return build.account()


@pytest.fixture
def token(account):
    return key(account, "pay")


def test_a_payment_begins_with_its_order_and_the_way_to_pay(account, token, world, browse):
    answer = begin(token, account.ban, {"amount": 1180_00})

    payment = Payment.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "account": account.ban,
        "number": payment.number,
        "amount": 1180_00,
        "currency": "INR",
        "state": "open",
        "label": "Not finished",
        "started_at": NOW.isoformat(),
        "gateway_order_id": payment.gateway_order_id,
        "pay_at": f"http://127.0.0.1:8000/{account.ban}/payments/{payment.number}/checkout/",
    }
    conforms(answer, PATH, "post", "201")
    assert world.receipts[payment.gateway_order_id] == payment.number
    assert (payment.account, payment.started_by, payment.channel) == (account, None, "online")
    assert answer["Location"] == f"/api/v1/accounts/{account.ban}/payments/{payment.number}/"
    client = browse(build.owner(account))
    assert client.get(reverse("payment-checkout", args=[account.ban, payment.number])).status_code == 200
    page = client.get(reverse("payment", args=[account.ban, payment.number])).content.decode()
    assert f"kv_{payment.api_order.made_with}_" in page


def test_a_choice_is_what_the_panel_offers(account, token):
    build.charge(account, 1000)

    due = begin(token, account.ban, {"choice": "due", "currency": "INR"})
    more = begin(token, account.ban, {"choice": "due-top-up"}, "order-2")
    none = begin(token, account.ban, {"choice": "clear"}, "order-3")

    assert (due.json()["amount"], more.json()["amount"]) == (1180_00, 2680_00)
    assert (none.status_code, none.json()["errors"][0]["field"]) == (400, "choice")
    assert "due, due-top-up" in none.json()["detail"]


def test_the_same_again_is_the_same_answer(account, token, world):
    first = begin(token, account.ban, {"amount": 500_00})
    payment = Payment.objects.get()
    build.charge(account, 100)
    Payment.objects.filter(pk=payment.pk).update(status="failed")

    again = begin(token, account.ban, '{ "amount" : 50000 }')
    other_key = begin(key(account, "pay", "read"), account.ban, {"amount": 500_00})

    assert (again.status_code, again.json()) == (201, first.json())
    assert "Idempotency-Replayed" not in first and again["Idempotency-Replayed"] == "true"
    assert other_key.json() == first.json()  # a key that was changed for another pays no second time
    assert (Payment.objects.count(), world.created) == (1, 1)


def test_a_choice_that_means_another_amount_by_now_is_still_the_same_request(account, token):
    build.charge(account, 1000)
    first = begin(token, account.ban, {"choice": "due"})
    build.charge(account, 1000)

    again = begin(token, account.ban, {"choice": "due"})

    assert again.json() == first.json() and first.json()["amount"] == 1180_00


@pytest.mark.parametrize("other", [{"amount": 500_01}, {"choice": "top-up"}])
def test_another_request_under_the_same_key_is_refused(other, account, token):
    begin(token, account.ban, {"amount": 500_00})

    answer = begin(token, account.ban, other)

    assert (answer.status_code, answer.json()["reason"]) == (422, "KEY_REUSED")
    assert Payment.objects.count() == 1


def test_a_key_is_an_account_s_own(account, token):
    other = build.account()

    first = begin(token, account.ban, {"amount": 500_00})
    second = begin(key(other, "pay"), other.ban, {"amount": 700_00})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["number"] != second.json()["number"]


# fmt: off
BAD = (
    # what is sent                                     key        status  field
    ({"amount": 500_00},                               None,      400, "Idempotency-Key"),
    ({"amount": 500_00},                               "",        400, "Idempotency-Key"),
    ({"amount": 500_00},                               "a b",     400, "Idempotency-Key"),
    ({"amount": 500_00},                               "x" * 65,  400, "Idempotency-Key"),
    ({},                                               "k",       400, "amount"),
    ({"amount": 500_00, "choice": "due"},              "k",       400, "amount"),
    ({"amount": "50000"},                              "k",       400, "amount"),
    ({"amount": 500.0},                                "k",       400, "amount"),
    ({"amount": True},                                 "k",       400, "amount"),
    ({"amount": 0},                                    "k",       400, "amount"),
    ({"amount": -5},                                   "k",       400, "amount"),
    ({"amount": 99},                                   "k",       400, "amount"),   # less than can be paid
    ({"amount": 10**12},                               "k",       400, "amount"),
    ({"amount": 10**40},                               "k",       400, "amount"),
    ({"amount": None},                                 "k",       400, "amount"),
    ({"choice": "all"},                                "k",       400, "choice"),
    ({"choice": 5},                                    "k",       400, "choice"),
    ({"choice": "d\u202eue"},                          "k",       400, "choice"),
    ({"amount": 500_00, "currency": "USD"},            "k",       400, "currency"),
    ({"amount": 500_00, "note": "x"},                  "k",       400, "note"),
    ([],                                               "k",       400, "body"),
    ("x",                                              "k",       400, None),
    (b"\xff\xfe",                                      "k",       400, None),
    ('{"amount": NaN}',                                "k",       400, None),
    ("[" * 9_000,                                      "k",       400, None),
    ('{"amount": 50000, "x": "' + "x" * 10_000 + '"}', "k",       413, None),
)
# fmt: on


@pytest.mark.parametrize(("body", "idempotency", "status", "field"), BAD)
def test_what_cannot_be_is_named_and_begins_nothing(body, idempotency, status, field, account, token):
    answer = begin(token, account.ban, body, idempotency)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert [one["field"] for one in answer.json().get("errors", ())] == ([field] if field else [])
    assert not Payment.objects.exists() and not ApiOrder.objects.exists()


@pytest.mark.parametrize("level", [Level.ACTIVE, Level.OUTBOUND_BLOCKED, Level.SUSPENDED, Level.ARCHIVED])
def test_who_is_stopped_may_pay(level, account, token):
    if level != Level.ACTIVE:
        stop(account, level)

    assert begin(token, account.ban, {"amount": 500_00}).status_code == 201


def test_nobody_pays_for_a_deleted_account(account, token):
    stop(account, Level.DELETED)

    answer = begin(token, account.ban, {"amount": 500_00})

    assert (answer.status_code, answer.json()["reason"]) == (409, "ACCOUNT_DELETED")
    assert "That is final" in answer.json()["detail"] and not Payment.objects.exists()


@pytest.mark.parametrize("fails", [["create", "find"], ["create-after", "find"]])
def test_a_gateway_that_is_away_is_said_and_the_same_request_goes_on(fails, account, token, world):
    world.fails = list(fails)

    away = begin(token, account.ban, {"amount": 500_00})
    other = begin(token, account.ban, {"amount": 600_00})
    again = begin(token, account.ban, {"amount": 500_00})

    assert (away.status_code, away.json()["reason"], away["Retry-After"]) == (503, "GATEWAY_AWAY", "2")
    assert other.status_code == 422
    assert (again.status_code, "Idempotency-Replayed" in again) == (201, False)
    assert (Payment.objects.count(), world.created) == (1, 1)
    assert again.json()["gateway_order_id"] == Payment.objects.get().gateway_order_id


def test_a_payment_that_never_opened_and_ran_out_needs_a_new_key(account, token, world, monkeypatch):
    world.fails = ["create", "find"]
    begin(token, account.ban, {"amount": 500_00})
    stop(account, Level.DELETED)

    answer = begin(token, account.ban, {"amount": 500_00})

    assert (answer.status_code, answer.json()["reason"]) == (409, "PAYMENT_OVER")
    assert world.created == 0


def test_it_is_in_the_history(account, token):
    begun = begin(token, account.ban, {"amount": 500_00}).json()
    reader = key(account)

    (listed,) = ask(reader, account.ban, "payments").json()["items"]
    one = ask(reader, account.ban, f"payments/{begun['number']}").json()

    assert listed["number"] == one["number"] == begun["number"]
    assert one["pay_at"] == begun["pay_at"]


# --- at the same time --------------------------------------------------------------------------------
def four_at_once(account, *amounts):
    token = key(account, "pay")
    return together([lambda paise=paise: begin(token, account.ban, {"amount": paise}) for paise in amounts])


@pytest.mark.django_db(transaction=True)
def test_four_at_once_with_one_key_begin_one_payment_with_one_order(account, world):
    answers = four_at_once(account, *[500_00] * 4)

    assert not errors(answers)
    assert {answer.status_code for answer in answers} <= {201, 409}
    said = {answer.content for answer in answers if answer.status_code == 201}
    assert len(said) == 1
    assert {a.json()["reason"] for a in answers if a.status_code == 409} <= {"IN_PROGRESS"}
    assert (Payment.objects.count(), ApiOrder.objects.count(), world.created) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_requests_under_one_key_at_once_are_one_payment_and_one_refusal(account, world):
    answers = four_at_once(account, 500_00, 700_00)

    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert (Payment.objects.count(), world.created) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_account_s_lock_it_goes_wrong(account, world, monkeypatch):
    wait = pause(4)
    looked = ApiOrder.objects.create

    def late(**fields):
        wait()
        return looked(**fields)

    monkeypatch.setattr(AccountQuerySet, "lock", lambda self, pk: self.get(pk=pk))
    monkeypatch.setattr(api_orders.ApiOrder.objects, "create", late)

    assert errors(four_at_once(account, *[500_00] * 4))


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_the_same_request_is_one_payment(account, world, monkeypatch):
    """Who died with the gateway on the line keeps the order's lease; after it the same request goes on."""
    # the child's gateway in memory dies with it: an order's id follows from our number
    monkeypatch.setattr(fakes.FakeGateway, "create_order", lambda _self, number, _paise: f"order_{number}")
    asked, after = api_orders.Asked(amount=500_00), NOW + recharge.ORDER_LEASE
    moment, alive = 0, False
    while not alive:
        moment += 1
        place = partial(api_orders.place, account, asked, key=f"order-{moment}", made_with="abc")
        alive = not dies_at(moment, partial(place, now=NOW))

        order = place(now=after)

        assert order.payment.gateway_order_id and order.row.payment_id == order.payment.pk
        assert (Payment.objects.count(), ApiOrder.objects.count()) == (moment, moment)
    assert moment > 10
