"""The staff pages of refunds: who may give money back, what they see before it, and what waits for a person."""

import uuid

import pytest
from django.urls import reverse

from accounts.models import Approval, AuditEvent
from payments import disputes, recharge, refund_desk, refund_sending, take_in
from payments.models import ParkedReport, Refund
from tests import build
from tests.build import NOW, paise
from tests.panel.test_payments_page import text

pytestmark = pytest.mark.django_db

ROLES = ("customer", "support", "finance", "manager", "auditor", "admin")
MAY = ("finance", "manager", "admin")


@pytest.fixture
def payment(gateway, account):
    started = build.payment(account, 2000)
    return take_in.capture(started.pk, gateway.pays(started), now=NOW)


@pytest.fixture
def parked(gateway, account):
    """Money of another amount than was asked for."""
    started = build.payment(account, 5000)
    report = gateway.pays(started, amount=paise(5001))
    recharge.settle(started.pk, now=NOW)
    return ParkedReport.objects.get(gateway_payment_id=report.payment_id)


@pytest.fixture
def refused(gateway, payment, staff):
    """A refund that the gateway refused for good."""
    fill(staff("finance"), payment, "400", confirm="yes")
    gateway.given.refusals.append("400: Refund is currently not supported for this payment method.")
    refund_sending.send_due(now=NOW)
    return Refund.objects.get()


def address(name, row, *more):
    return reverse(f"admin:payments_{name}", args=[row.pk, *more])


def fill(client, payment, rupees, **more):
    fields = {"code": "advance", "amount": rupees, "reason": "Left us", "token": uuid.uuid4()}
    return client.post(address("refund_ask", payment), fields | more)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_refund_a_payment(role, staff, payment):
    client = staff(role)

    shown, sent = client.get(address("refund_ask", payment)), fill(client, payment, "400", confirm="yes")

    refused = 302 if role == "customer" else 403
    assert shown.status_code == (200 if role in MAY else refused)
    assert sent.status_code == (302 if role in MAY else refused)
    assert Refund.objects.exists() is (role in MAY)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_send_parked_money_back(role, staff, parked):
    answer = staff(role).post(
        address("refund_parked", parked), {"reason": "Wrong sum", "token": uuid.uuid4()}
    )

    assert answer.status_code == (302 if role in MAY or role == "customer" else 403)
    assert Refund.objects.filter(status="waiting").exists() is (role in MAY)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ["again", "to-bank", "give-up"])
def test_who_may_decide_about_a_refund_that_waits(role, act, staff, refused):
    before = refused.status, refused.way, refused.parked_at

    answer = staff(role).post(address("refund_act", refused, act), {"reason": "Seen"})

    refused.refresh_from_db()
    assert answer.status_code == (302 if role in MAY or role == "customer" else 403)
    assert ((refused.status, refused.way, refused.parked_at) != before) is (role in MAY)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_see_refunds(role, staff, refused):
    client = staff(role)

    pages = [
        client.get(reverse("admin:payments_refund_changelist")),
        client.get(address("refund_change", refused)),
    ]

    assert {page.status_code for page in pages} == {302 if role == "customer" else 200}


def test_the_page_shows_what_it_will_do_before_it_does_it(staff, payment, account):
    page = text(fill(staff("finance"), payment, "400"))

    assert "Off the prepaid balance, net ₹338.98" in page
    assert "GST inside it ₹61.02" in page
    assert f"Balance after it ₹{1694.92 - 338.98:,.2f}" in page
    assert "Paid out ₹400.00" in page
    assert not Refund.objects.exists()


def test_a_sum_that_is_split_needs_another_person_too(staff, payment):
    client = staff("finance")
    fill(client, payment, "600", confirm="yes")
    fill(client, payment, "600", confirm="yes")

    assert [row.amount for row in Refund.objects.all()] == [paise(600)]
    assert Approval.objects.get().payload["amount"] == paise(600)

    fill(client, payment, "400", confirm="yes")
    assert Refund.objects.count() == 2  # together just ₹1,000


def test_above_a_thousand_the_queue_gets_it_and_another_person_does_it(staff, payment):
    fill(staff("finance"), payment, "1500", confirm="yes")
    row = Approval.objects.get()
    assert (row.action, row.state, Refund.objects.count()) == ("refund", "waiting", 0)

    staff("manager").post(reverse("admin:accounts_approval_approve", args=[row.pk]), {"note": "Agreed"})

    row.refresh_from_db()
    assert (row.state, row.outcome) == ("approved", Refund.objects.get().number)


def test_who_asked_cannot_agree_to_parked_money(staff, parked):
    client = staff("finance")
    client.post(address("refund_parked", parked), {"reason": "Wrong sum", "token": uuid.uuid4()})
    refund = Refund.objects.get()

    assert "second person" in text(client.post(address("refund_act", refund, "agree"), {"reason": "Yes"}))
    staff("manager").post(address("refund_act", refund, "agree"), {"reason": "Yes"})

    refund.refresh_from_db()
    assert refund.status == "asked"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", "lots", "Enter an amount in rupees"),
        ("amount", "2000.01", "At most ₹2,000.00"),
        ("amount", "", "required"),
        ("code", "nonsense", "Select a valid choice"),
        ("reason", "", "required"),
        ("token", "no", "valid UUID"),
    ],
)
def test_bad_input_is_refused_with_its_reason(staff, payment, field, value, words):
    answer = fill(staff("finance"), payment, "400", **{"confirm": "yes", field: value})

    assert answer.status_code == 422
    assert words in text(answer)
    assert not Refund.objects.exists()


def test_the_tools_follow_the_state(staff, refused, payment):
    client = staff("finance")
    page = client.get(address("refund_change", refused)).content.decode()
    assert all(word in page for word in ("Send it again", "Pay by bank instead", "Give up"))

    refund_desk.to_bank(refused.pk, reason="x", by=build.user(staff=True), now=NOW)

    page = client.get(address("refund_change", refused)).content.decode()
    assert "It was paid by bank" in page
    assert "Send it again" not in page
    answer = client.post(address("refund_act", refused, "paid"), {"reference": "nonsense", "reason": "NEFT"})
    assert "A UTR has 16 or 22" in text(answer)
    assert client.get(address("refund_act", refused, "nonsense")).status_code == 302
    assert "Refund</a>" in client.get(address("payment_change", payment)).content.decode()


def test_who_decides_is_told_of_a_dispute(staff, refused, payment, gateway):
    disputes.take(gateway.disputed.begin(payment), now=NOW)

    page = text(staff("finance").get(address("refund_act", refused, "to-bank")))

    assert "disputes the payment: pay nothing out until that is decided" in page


def test_filters_show_what_waits_for_whom(staff, refused):
    client, listed = staff("finance"), reverse("admin:payments_refund_changelist")

    for waits, there in (
        ("anybody", True),
        ("person", True),
        ("second", False),
        ("bank", False),
        ("gateway", False),
    ):
        assert (refused.number in client.get(listed, {"waits": waits}).content.decode()) is there


def test_each_decision_is_audited_with_its_reason(staff, refused):
    staff("finance").post(address("refund_act", refused, "again"), {"reason": "They fixed it"})

    assert AuditEvent.objects.get(action="payments.refund.again").reason == "They fixed it"


def test_no_form_opens_where_nothing_is_left_to_give_back(staff, account):
    payment = build.paid(account, 1180)
    build.charge(account, 1000)
    client = staff("finance")

    answer = client.get(address("refund_ask", payment), follow=True)

    assert answer.redirect_chain == [(address("payment_change", payment), 302)]
    assert "Nothing of it is left to give back" in answer.content.decode()


def test_who_asked_for_much_parked_money_back_has_no_button_and_the_queue_names_it(staff, parked):
    asker, other = staff("finance"), staff("manager")
    asker.post(address("refund_parked", parked), {"reason": "Not ours", "token": uuid.uuid4()})
    row = Refund.objects.get(status="waiting")

    own, theirs = (text(client.get(address("refund_change", row))) for client in (asker, other))

    assert "Agree: send it back" not in own and "Agree: send it back" in theirs
    assert asker.get(address("refund_act", row, "agree")).status_code == 302
    assert "wait" in text(other.get(reverse("admin:accounts_approval_changelist")))
    assert "?waits=second" in other.get(reverse("admin:accounts_approval_changelist")).content.decode()
