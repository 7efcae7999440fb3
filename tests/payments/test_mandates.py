"""Mandates against a gateway in memory: what the customer does, what the bank does, what each of them leads to."""

import uuid
from datetime import date, timedelta

import pytest

from accounts.levels import Level
from accounts.models import Account, AuditEvent, Customer, Entry, Notice
from payments import follow_up, mandate_follow, mandate_orders, mandate_policy, mandates, policy, recharge
from payments.gateways import GatewayError
from payments.gateways.mandates import TokenState
from payments.mandate_orders import NotOurs
from payments.mandates import NotPossible, Wish
from payments.models import GatewayCustomer, Mandate, Payment
from tests import build
from tests.payments.mandates import BANK, UNTIL, active, begun, later, turned

pytestmark = pytest.mark.django_db

State = Mandate.State
TODAY = build.NOW.date()


@pytest.fixture
def account(world):
    return build.account()


def told(name):
    return Notice.objects.filter(name=name, channel="email").count()


# fmt: off
WISHES = [
    ("upi",      500_00,          "", True),
    ("upi",      499_99,          "ceiling", False),
    ("upi",      99_999_00,       "", True),
    ("upi",      99_999_01,       "ceiling", False),
    ("card",     15_000_00,       "", True),
    ("card",     15_000_01,       "ceiling", False),
    ("emandate", 10_00_000_00,    "", True),
    ("emandate", 10_00_000_01,    "ceiling", False),
]
# fmt: on


@pytest.mark.parametrize(("method", "ceiling", "field", "is_fine"), WISHES)
def test_what_a_method_can_carry(method, ceiling, field, is_fine):
    wish = Wish(method, ceiling, UNTIL)
    if is_fine:
        mandates.check(wish, TODAY)
        return
    with pytest.raises(NotPossible) as refused:
        mandates.check(wish, TODAY)
    assert refused.value.field == field


@pytest.mark.parametrize("until", [TODAY, TODAY + timedelta(days=30), date(2057, 1, 1)])
def test_a_last_day_too_near_or_too_far_is_refused(until):
    with pytest.raises(NotPossible) as refused:
        mandates.check(Wish("upi", 500_00, until), TODAY)
    assert refused.value.field == "valid_until"


def test_the_wish_is_kept_with_the_evidence_of_consent(account, world):
    token = uuid.uuid4()
    first, second = (begun(account, token=token) for _ in range(2))

    assert first == second == Mandate.objects.get()
    assert first.consent_text == "I allow it."
    assert first.consent_address == "203.0.113.7"
    assert first.started_by == build.owner(account)
    assert first.number.startswith("MND2627-")
    assert len(world.mandated.registrations) == 1


def test_an_archived_account_sets_up_nothing(account):
    Account.objects.filter(pk=account.pk).update(wanted_level=Level.ARCHIVED)

    with pytest.raises(NotPossible):
        begun(account)


@pytest.mark.parametrize("method", ["card", "upi"])
def test_the_rupee_is_booked_like_any_payment(account, world, method):
    mandate = begun(account, method)
    first = mandate.first_payment
    assert (first.amount, first.channel, first.next_check_at) == (100, "auto_pay", build.NOW + policy.GIVE_UP)
    assert not recharge.can_be_paid(first, now=build.NOW)
    world.pays(first)
    world.mandated.approves(mandate)

    for _ in range(2):
        mandate = mandate_follow.follow(mandate.pk, now=build.NOW)

    assert mandate.state == State.ACTIVE
    assert Payment.objects.get().status == Payment.Status.CAPTURED
    assert Entry.objects.count() == 1
    assert told("auto-pay-set-up") == 1


def test_who_leaves_the_approval_page_has_not_paid_after_five_days(account, world):
    first = begun(account, "upi").first_payment

    for days in (4, 5, 6):
        follow_up.follow_up(now=build.NOW + timedelta(days=days))

    first.refresh_from_db()
    assert (first.status, first.failure_reason, first.next_check_at) == ("failed", "abandoned", None)


def test_a_bank_account_costs_nothing_and_is_not_stored(account, world):
    mandate = begun(account, "emandate", instrument="ICIC ···· 5678")

    assert mandate.first_payment is None
    assert world.mandated.registrations[mandate.gateway_order_id].account == BANK
    row = Mandate.objects.values().get()
    assert BANK.number not in str(row)
    assert row["instrument"] == "ICIC ···· 5678"


def test_a_dummy_payment_does_not_matter(account, world):
    mandate = begun(account)
    world.pays(mandate.first_payment, state="failed", reason="upi_dummy_payment", was_captured=False)
    world.mandated.approves(mandate)

    mandate = mandate_follow.follow(mandate.pk, now=build.NOW)

    assert mandate.state == State.ACTIVE
    assert not Entry.objects.exists()
    assert not account.payments.told().exists()


def test_the_terms_become_no_wider_than_the_bank_says(account):
    mandate = active(account, ceiling=2_000_00, card_month=date(2031, 5, 31))

    assert (mandate.ceiling, mandate.expires_on) == (2_000_00, date(2031, 5, 31))
    assert turned(mandate, TokenState.CONFIRMED, ceiling=90_000_00).ceiling == 2_000_00


def test_a_failed_attempt_counts_after_ten_minutes(account, world):
    mandate = begun(account)
    world.mandated.fails(mandate, "insufficient_funds")

    early = mandate_follow.follow(mandate.pk, now=later(minutes=9))
    assert (early.state, early.reason, told("mandate-failed")) == (State.AWAITING, "insufficient_funds", 0)

    late = mandate_follow.follow(mandate.pk, now=later(minutes=11))
    assert late.state == State.FAILED
    assert told("mandate-failed") == 1


def test_an_approval_after_a_failure_is_an_approval(account, world):
    mandate = begun(account)
    world.mandated.fails(mandate, "payment_cancelled")
    mandate_follow.follow(mandate.pk, now=later(minutes=11))

    world.mandated.approves(mandate)
    mandate = mandate_follow.follow(mandate.pk, now=later(hours=2))

    assert (mandate.state, mandate.reason, mandate.ended_at) == (State.ACTIVE, "", None)


def test_a_rejection_is_told_in_plain_words(account, world):
    mandate = begun(account, "emandate")
    world.mandated.approves(mandate, TokenState.REJECTED, reason="bank_account_invalid")

    mandate = mandate_follow.follow(mandate.pk, now=build.NOW)

    assert mandate.state == State.FAILED
    assert Notice.objects.get(name="mandate-failed").context["why"].startswith("Your bank does not know")


def test_a_bank_that_never_answers_is_given_up(account, world):
    mandate = begun(account, "emandate")
    world.mandated.approves(mandate, TokenState.INITIATED)
    waiting = mandate_follow.follow(mandate.pk, now=later(days=6))
    assert (waiting.state, waiting.gateway_token_id is None) == (State.AWAITING, False)

    assert mandate_follow.follow(mandate.pk, now=later(days=10)).state == State.FAILED


def test_one_that_is_never_finished_is_closed_silently(account):
    mandate = begun(account)

    assert mandate_follow.follow(mandate.pk, now=later(days=4)).state == State.AWAITING
    assert mandate_follow.follow(mandate.pk, now=later(days=5)).state == State.FAILED
    assert told("mandate-failed") == 0


def test_the_bank_pauses_resumes_and_ends(account):
    mandate = active(account)

    mandate = turned(mandate, TokenState.PAUSED)
    assert (mandate.state, mandate.paused_by) == (State.PAUSED, "bank")
    with pytest.raises(NotPossible):
        mandates.resume(account.pk, mandate.pk, by=build.owner(account), now=build.NOW)
    mandate = turned(mandate, TokenState.CONFIRMED)
    assert (mandate.state, mandate.paused_by) == (State.ACTIVE, "")
    mandate = turned(mandate, TokenState.CANCELLED)
    assert (mandate.state, mandate.reason, mandate.next_check_at) == (State.CANCELLED, "by_bank", None)
    assert told("auto-pay-cancelled") == 1


@pytest.mark.parametrize("state", [TokenState.UNKNOWN, TokenState.INITIATED])
def test_a_word_that_we_do_not_know_changes_nothing(account, state):
    assert turned(active(account), state).state == State.ACTIVE


def test_the_customer_pauses_and_resumes(account):
    mandate, by = active(account), build.owner(account)

    for _ in range(2):
        mandate = mandates.pause(account.pk, mandate.pk, by=by, now=build.NOW)
    assert (mandate.state, mandate.paused_by) == (State.PAUSED, "customer")
    assert turned(mandate, TokenState.CONFIRMED).state == State.PAUSED
    for _ in range(2):
        mandate = mandates.resume(account.pk, mandate.pk, by=by, now=build.NOW)
    assert mandate.state == State.ACTIVE
    assert AuditEvent.objects.filter(action__startswith="payments.mandate.").count() == 2


def test_cancelling_is_at_once_and_the_gateway_is_told_until_it_confirms(account, world):
    mandate, by = active(account), build.owner(account)
    for _ in range(2):
        mandate = mandates.cancel(account.pk, mandate.pk, by=by, now=build.NOW)
    assert mandate.state == State.CANCELLED
    assert told("auto-pay-cancelled") == 1

    world.fails += ["cancel"]
    assert mandate_follow.sweep(now=build.NOW) == 1
    assert world.mandated.cancelled == []
    assert mandate_follow.sweep(now=later(minutes=15)) == 1
    assert world.mandated.cancelled == [mandate.gateway_token_id]
    mandate = turned(mandate, TokenState.CANCELLED, now=later(minutes=20))
    assert (mandate.state, mandate.next_check_at) == (State.CANCELLED, None)
    assert mandate_follow.sweep(now=later(days=9)) == 0


def test_an_approval_of_what_was_cancelled_meanwhile_is_ended_at_the_bank(account, world):
    mandate = begun(account)
    mandates.cancel(account.pk, mandate.pk, by=build.owner(account), now=build.NOW)
    token = world.mandated.approves(mandate)

    mandate = mandate_follow.follow(mandate.pk, now=build.NOW)

    assert mandate.state == State.CANCELLED
    assert world.mandated.cancelled == [token.token_id]
    assert told("auto-pay-set-up") == told("auto-pay-cancelled") == 0


def test_a_new_one_takes_the_place_of_the_old(account, world):
    old = active(account)
    paused = mandates.pause(account.pk, old.pk, by=build.owner(account), now=build.NOW)
    new = active(account, "card", now=later(hours=1))

    paused.refresh_from_db()
    assert (new.state, paused.state, paused.reason) == (State.ACTIVE, State.CANCELLED, "replaced")
    mandate_follow.sweep(now=later(hours=1))
    assert old.gateway_token_id in world.mandated.cancelled
    assert told("auto-pay-cancelled") == 0


def test_the_later_wish_keeps_its_place_when_the_earlier_is_confirmed_late(account, world):
    slow = begun(account, "emandate")
    token = world.mandated.approves(slow, TokenState.INITIATED)
    mandate_follow.follow(slow.pk, now=build.NOW)
    quick = active(account, now=later(hours=1))

    world.mandated.becomes(token, TokenState.CONFIRMED)
    slow = mandate_follow.follow(slow.pk, now=later(days=1))

    quick.refresh_from_db()
    assert (slow.state, quick.state) == (State.CANCELLED, State.ACTIVE)


def test_a_lost_answer_makes_no_second_order(account, world):
    world.fails += ["create-after", "find"]
    with pytest.raises(GatewayError):
        begun(account, token=(token := uuid.uuid4()))

    mandate = begun(account, token=token, now=later(seconds=1))

    assert mandate.gateway_order_id
    assert len(world.mandated.registrations) == 1


def test_the_sweep_finds_an_order_whose_answer_was_lost(account, world):
    world.fails += ["create-after", "find"]
    with pytest.raises(GatewayError):
        begun(account)

    mandate_follow.sweep(now=later(minutes=2))

    assert Mandate.objects.get().gateway_order_id in world.mandated.registrations


def test_a_customer_of_the_gateway_belongs_to_one_customer_of_ours(account, world):
    begun(account)
    other = build.account(owner=build.owner(account))

    with pytest.raises(NotOurs):
        begun(other)
    assert GatewayCustomer.objects.count() == 1
    assert not Mandate.objects.get(account=other).gateway_order_id


def test_accounts_of_one_customer_share_the_gateways(account, world):
    other = build.account(owner=build.owner(account))
    Account.objects.filter(pk=other.pk).update(customer=Customer.objects.get(pk=account.customer_id))
    other.refresh_from_db()

    assert begun(account).gateway_customer_id == begun(other).gateway_customer_id


def test_staff_cancel_with_a_reason(account):
    mandate = active(account)

    for _ in range(2):
        mandates.cancel_by_staff(
            mandate.pk, reason="Asked by phone", by=build.user(staff=True), now=build.NOW
        )

    assert AuditEvent.objects.get(action="payments.mandate.cancel").reason == "Asked by phone"
    assert Notice.objects.get(name="auto-pay-cancelled").context["why"] == "Our staff cancelled it."


# fmt: off
ENDS = [  # valid until, card until → the reason, on 24 Nov 2026
    (date(2026, 11, 24), None,               ""),
    (date(2026, 11, 23), None,               "expired"),
    (UNTIL,              date(2026, 11, 30), ""),
    (UNTIL,              date(2026, 10, 31), "card_expired"),
]
WARNINGS = [(31, None), (30, 30), (16, 30), (15, 15), (8, 15), (7, 7), (0, 7), (-1, None)]
# fmt: on


@pytest.mark.parametrize(("until", "card", "why"), ENDS)
def test_a_mandate_ends_by_its_date_or_its_card(account, until, card, why):
    mandate = active(account)
    Mandate.objects.filter(pk=mandate.pk).update(valid_until=until, expires_on=card)

    for _ in range(2):
        mandate_follow.end_of_day(now=build.NOW)

    mandate.refresh_from_db()
    assert (mandate.state, mandate.reason) == ((State.EXPIRED, why) if why else (State.ACTIVE, ""))
    assert told("auto-pay-cancelled") == bool(why)


@pytest.mark.parametrize(("left", "warned"), WARNINGS)
def test_the_warnings_of_a_cards_end(left, warned):
    assert mandate_policy.warning(TODAY + timedelta(days=left), TODAY) == warned


def test_each_warning_is_told_once(account):
    active(account, "card", card_month=TODAY + timedelta(days=30))

    for days in range(32):
        mandate_follow.end_of_day(now=later(days=days))

    assert told("card-expiring") == 3
    assert told("auto-pay-cancelled") == 1


@pytest.mark.parametrize("level", [Level.ARCHIVED, Level.DELETED])
def test_a_mandate_ends_with_its_account(account, world, level):
    mandate = active(account)
    Account.objects.filter(pk=account.pk).update(wanted_level=level)

    mandate_follow.end_of_day(now=build.NOW)
    mandate_follow.sweep(now=build.NOW)

    mandate.refresh_from_db()
    assert (mandate.state, mandate.reason) == (State.CANCELLED, "account_ended")
    assert world.mandated.cancelled == [mandate.gateway_token_id]
    assert told("auto-pay-cancelled") == (level == Level.ARCHIVED)


def test_a_foreign_mandate_is_not_found(account):
    mandate = active(account)
    other = build.account()

    with pytest.raises(Mandate.DoesNotExist):
        mandates.cancel(other.pk, mandate.pk, by=build.owner(other), now=build.NOW)


def test_payer_and_phone_for_charges(account):
    assert mandate_orders.payer(account).contact == ""
    assert mandate_orders.payer(account).reachable == "18000000000"
    account.contacts.create(name="Desk", email="desk@example.in", phone="+919800000001")
    assert mandate_orders.payer(account).reachable == "+919800000001"


@pytest.mark.parametrize("code", [code for _text, codes in mandate_policy.WORDS for code in codes.split()])
def test_every_code_has_a_sentence(code):
    assert mandate_policy.in_plain_words(code).endswith(".")


def test_a_banks_own_words_are_kept_and_an_unknown_code_is_a_decline():
    assert mandate_policy.in_plain_words("Account holder name mismatch") == "Account holder name mismatch"
    assert mandate_policy.in_plain_words("weird_code").startswith("The bank declined")
