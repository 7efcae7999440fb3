"""The same thing at the same time: one mandate, one order, one that is active. Each fails without its lock."""

import uuid
from functools import partial

import pytest

from accounts.models import Entry
from payments import mandate_follow, mandates
from payments.models import Mandate, Payment
from tests import build
from tests.payments.mandates import active, begun, later
from tests.threads import errors, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]

State = Mandate.State


@pytest.fixture
def account(world):
    return build.account()


def test_a_double_click_is_one_mandate_with_one_order(account, world):
    token = uuid.uuid4()

    made = together([partial(begun, account, token=token) for _ in range(4)])

    assert errors(made) == []
    assert Mandate.objects.count() == Payment.objects.count() == len(world.mandated.registrations) == 1


def test_two_mandates_at_once_leave_one_active(account, world):
    both = [begun(account, "upi"), begun(account, "card", now=later(minutes=1))]
    for mandate in both:
        world.mandated.approves(mandate)

    done = together([partial(mandate_follow.follow, mandate.pk, now=later(minutes=2)) for mandate in both])

    assert errors(done) == []
    assert Mandate.objects.get(state=State.ACTIVE) == both[1]
    assert Mandate.objects.filter(state=State.CANCELLED, reason="replaced").count() == 1


def test_news_heard_many_times_at_once_act_once(account, world):
    mandate = begun(account)
    world.pays(mandate.first_payment)
    world.mandated.approves(mandate)

    done = together([partial(mandate_follow.follow, mandate.pk, now=build.NOW) for _ in range(4)])

    assert errors(done) == []
    assert Entry.objects.count() == 1
    assert account.notices.filter(name="auto-pay-set-up").count() == 1


def test_cancelling_beside_the_banks_yes_never_leaves_it_standing(account, world):
    mandate = begun(account)
    world.mandated.approves(mandate)
    by = build.owner(account)

    done = together(
        [
            partial(mandates.cancel, account.pk, mandate.pk, by=by, now=build.NOW),
            partial(mandate_follow.follow, mandate.pk, now=build.NOW),
        ]
    )
    mandate_follow.sweep(now=build.NOW)

    assert errors(done) == []
    mandate.refresh_from_db()
    assert mandate.state == State.CANCELLED
    assert world.mandated.cancelled
    assert mandate.cancel_asked_at


def test_pausing_and_cancelling_at_once(account):
    mandate, by = active(account), build.owner(account)

    together(
        [
            partial(act, account.pk, mandate.pk, by=by, now=build.NOW)
            for act in (mandates.pause, mandates.cancel, mandates.cancel)
        ]
    )

    mandate.refresh_from_db()
    assert mandate.state == State.CANCELLED
