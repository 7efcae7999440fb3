"""The Auto-pay page: each state says what it is and what to do; setting up keeps consent and no account number."""

import re
import uuid

import pytest
from django.urls import reverse

from accounts.models import Member
from payments import debit_plan, debits, mandate_follow
from payments.gateways.mandates import TokenState
from payments.models import AutoPaySettings, Mandate, WebhookEvent
from tests import build
from tests.payments.mandates import active, begun, later, planned, turned

pytestmark = pytest.mark.django_db

State = Mandate.State
NUMBER = "50100012345678"
FORM = {"method": "upi", "ceiling": "15,000", "valid_until": "2036-11-24", "agreed": "on"}
BANK = {
    "method": "emandate",
    "ceiling": "50000",
    "valid_until": "2036-11-24",
    "agreed": "on",
    "holder": "Asha Rao",
    "account_number": "5010 0012 345678",
    "account_again": NUMBER,
    "account_kind": "current",
    "ifsc": "icic0000451",
}


@pytest.fixture(autouse=True)
def gateway(world):
    return world


def page(client, account, query="", **headers):
    return client.get(reverse("auto-pay", kwargs={"ban": account.ban}) + query, **headers)


def shown(client, account, query=""):
    return re.sub(r"\s+", " ", page(client, account, query).content.decode())


def send(client, account, name="auto-pay-set-up", **fields):
    return client.post(reverse(name, kwargs={"ban": account.ban}), {"token": uuid.uuid4(), **fields})


def test_the_first_run_says_what_it_is(client, account):
    text = shown(client, account)

    assert "Set up auto-pay" in text
    for method in Mandate.Method.labels:
        assert method in text


@pytest.mark.parametrize("method", Mandate.Method.values)
def test_each_method_has_its_form(client, account, method):
    text = shown(client, account, f"?method={method}")

    assert "I allow Kaveri Voice to debit" in text
    assert ("IFSC" in text) is (method == "emandate")


@pytest.mark.parametrize("method", ["cash", "../x"])
def test_an_unknown_method_shows_the_choice(client, account, method):
    assert "Set up auto-pay" in shown(client, account, f"?method={method}")


def test_setting_up_leads_to_the_approval_page(client, account):
    answer = send(client, account, **FORM)

    mandate = Mandate.objects.get()
    assert answer.url == reverse("auto-pay-checkout", kwargs={"ban": account.ban, "number": mandate.number})
    assert "Highest amount: ₹15,000.00 a debit. Valid until: 24 Nov 2036." in mandate.consent_text
    assert mandate.consent_address == "127.0.0.1"
    text = client.get(answer.url).content.decode()
    assert 'name="recurring" value="1"' in text
    assert f'name="customer_id" value="{mandate.gateway_customer_id}"' in text


def test_a_double_click_is_one_mandate(client, account):
    token = uuid.uuid4()
    for _ in range(2):
        send(client, account, **FORM | {"token": token})

    assert Mandate.objects.count() == 1


def test_a_bank_account_is_sent_on_and_not_kept(client, account, world):
    answer = send(client, account, **BANK)

    assert answer.status_code == 302
    (asked,) = world.mandated.registrations.values()
    assert (asked.account.number, asked.account.ifsc) == (NUMBER, "ICIC0000451")
    row = Mandate.objects.values().get()
    assert NUMBER not in str(row)
    assert row["instrument"] == "ICIC ···· 5678"
    assert NUMBER not in answer.url


# fmt: off
WRONG = [  # field, what is typed, what is said
    ("ceiling",        "499",            "Choose an amount from ₹500.00"),
    ("ceiling",        "ten",            "Enter an amount in rupees"),
    ("ceiling",        "0",              "Enter an amount above zero"),
    ("ceiling",        "-5",             "Enter an amount in rupees"),
    ("ceiling",        "9" * 24,         "Enter an amount in rupees"),
    ("valid_until",    "2026-11-25",     "at least a month ahead"),
    ("valid_until",    "2999-01-01",     "within 30 years"),
    ("valid_until",    "soon",           "Enter a day like"),
    ("agreed",         "",               "Please agree"),
    ("holder",         "A",              "at least 4 letters"),
    ("account_number", "12",             "6 to 18 digits"),
    ("account_number", "<script>",       "6 to 18 digits"),
    ("account_again",  "50100012345679", "The two account numbers differ"),
    ("ifsc",           "HDFC1000451",    "Enter an IFSC like"),
    ("account_kind",   "gold",           "gold is not one of the available choices"),
]
# fmt: on


@pytest.mark.parametrize(("field", "typed", "said"), WRONG)
def test_what_is_wrong_is_named_and_nothing_is_begun(client, account, field, typed, said):
    answer = send(client, account, **BANK | {field: typed})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Mandate.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "0"])
def test_a_broken_token_begins_nothing(client, account, token):
    answer = send(client, account, **FORM | {"token": token})

    assert answer.status_code == 422
    assert not Mandate.objects.exists()


def test_a_gateway_that_is_away_says_so_and_the_same_form_goes_on(client, account, world):
    world.fails += ["customer"]
    token = uuid.uuid4()

    away = send(client, account, **BANK | {"token": token})
    assert away.status_code == 503
    assert "The approval page did not open" in away.content.decode()
    assert send(client, account, **BANK | {"token": token}).status_code == 302
    assert Mandate.objects.count() == 1


def test_active_shows_what_is_debited_and_can_be_changed(client, account):
    mandate = active(account, "card")
    text = shown(client, account)
    for part in (
        "Visa ···· 1007",
        "₹15,000.00 a debit",
        "24 Nov 2036",
        mandate.number,
        "Pause",
        "Cancel auto-pay",
    ):
        assert part in text

    for act, state in (("pause", State.PAUSED), ("resume", State.ACTIVE), ("cancel", State.CANCELLED)):
        url = reverse(f"auto-pay-{act}", kwargs={"ban": account.ban, "number": mandate.number})
        assert client.post(url).status_code == 302
        mandate.refresh_from_db()
        assert mandate.state == state
    assert "was cancelled on" in shown(client, account)


def test_paused_by_the_bank_offers_no_resume(client, account):
    turned(active(account), TokenState.PAUSED)

    text = shown(client, account)

    assert "until you resume it there" in text
    assert "auto-pay/MND" not in text.split("Cancel auto-pay")[0]


def test_at_the_bank_says_how_long_it_takes(client, account, world):
    mandate = begun(account, "emandate")
    world.mandated.approves(mandate, TokenState.INITIATED)
    mandate_follow.follow(mandate.pk, now=build.NOW)

    assert "by the next working day, at times within five days" in shown(client, account)


def test_a_failed_try_says_why_and_offers_another_way(client, account, world):
    mandate = begun(account)
    world.mandated.fails(mandate, "insufficient_funds")
    mandate_follow.follow(mandate.pk, now=build.NOW)

    text = shown(client, account)

    assert "The bank reports too little money" in text
    assert "Try again" in text
    assert "Other ways" in text


@pytest.mark.parametrize("words", ["<script>alert(1)</script> no", "\u202e evil words", "x " * 100])
def test_a_banks_words_are_shown_as_text(client, account, world, words):
    mandate = begun(account, "emandate")
    world.mandated.approves(mandate, TokenState.REJECTED, reason=words[:120])
    mandate_follow.follow(mandate.pk, now=build.NOW)

    text = shown(client, account)

    assert "<script>alert" not in text
    assert "\u202e" not in text


def test_a_left_page_can_be_gone_on_with(client, account):
    mandate = begun(account)

    text = shown(client, account, f"?left={mandate.number}")

    assert "Nothing was set up" in text
    assert reverse("auto-pay-checkout", kwargs={"ban": account.ban, "number": mandate.number}) in text


def test_the_page_asks_by_itself_until_it_is_known(client, account, world):
    mandate = begun(account)
    query = f"?from={mandate.number}"
    assert 'hx-trigger="every 3s"' in shown(client, account, query)
    waiting = page(client, account, headers={"HX-Request": "true"})
    assert (waiting.status_code, waiting.headers.get("HX-Refresh")) == (204, None)

    world.mandated.approves(mandate)
    mandate_follow.follow(mandate.pk, now=build.NOW)

    assert page(client, account, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_limits_are_set_and_taken_away(client, account):
    active(account)

    send(client, account, "auto-pay-limits", daily_cap="5,000", monthly_cap="20000", when_low="on")
    limits = AutoPaySettings.objects.get()
    assert (limits.daily_cap, limits.monthly_cap, limits.when_low) == (5_000_00, 20_000_00, True)
    assert 'value="5000.00"' in shown(client, account)
    send(client, account, "auto-pay-limits", daily_cap="", monthly_cap="")
    limits.refresh_from_db()
    assert (limits.daily_cap, limits.monthly_cap, limits.when_low) == (None, None, False)


@pytest.mark.parametrize(("daily", "monthly"), [("0", ""), ("x", ""), ("", "-1"), ("300", "200")])
def test_limits_that_cannot_be_are_refused(client, account, daily, monthly):
    active(account)

    answer = send(client, account, "auto-pay-limits", daily_cap=daily, monthly_cap=monthly)

    assert answer.status_code == 422
    assert not AutoPaySettings.objects.exists()


def test_the_rupee_stays_out_of_the_recharge_history_until_it_came(client, account, world):
    mandate = begun(account)
    number = mandate.first_payment.number
    history = reverse("payments", kwargs={"ban": account.ban})
    assert number not in client.get(history).content.decode()

    world.pays(mandate.first_payment)
    world.mandated.approves(mandate)
    mandate_follow.follow(mandate.pk, now=later(minutes=1))

    assert number in client.get(history).content.decode()
    assert not WebhookEvent.objects.exists()


def test_who_may_not_pay_sees_it_and_is_told_whom_to_ask(account, browse):
    active(account)
    billing = build.member(account, Member.Role.MANAGER).user

    assert page(browse(billing), account).status_code == 403


def test_a_bill_whose_debit_was_stopped_is_left_to_pay(client, account):
    debit = planned(account)
    debits.opt_out(debit.pk, user=build.owner(account), now=build.NOW)

    text = shown(client, account)

    assert "Yours to pay" in text and "You stopped its debit: please pay it yourself." in text
    assert text.count("planned, not taken") == 1
    assert "No debit is planned" not in text


def test_what_no_debit_may_take_stands_first_with_the_way_to_pay(client, account):
    active(account, "upi")
    Mandate.objects.update(ceiling=1_000_00)
    bill = build.charge(account, 5000)
    debit_plan.plan_due(now=build.NOW)

    text = shown(client, account)

    assert "Yours to pay" in text and "more than the most that you allow a debit to take" in text
    assert "You need not do anything" not in text and "No debit is planned" not in text

    build.paid(account, 5900)

    bill.refresh_from_db()
    assert bill.open_amount == 0 and "Yours to pay" not in shown(client, account)


@pytest.mark.parametrize("name", ["overview", "payments"])
def test_the_coming_debit_is_told_where_people_pay(client, account, name):
    debit = planned(account)
    address = reverse(name, kwargs={"ban": account.ban})

    with_it = client.get(address).content.decode()
    debits.opt_out(debit.pk, user=build.owner(account), now=build.NOW)

    assert "Auto-pay takes ₹1,180.00 on" in with_it
    assert "Auto-pay takes" not in client.get(address).content.decode()
