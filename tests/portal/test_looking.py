"""Staff look at the panel as a customer: they see, change nothing, and every page is written down."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import InternalError, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from accounts import looking
from accounts.models import Account, AuditEvent, Member, Message, Notice
from billing_portal import books, unit
from invoices.models import Document
from payments.models import Payment
from tests import build
from tests.accounts import test_support
from tests.panel.test_access import PAGES

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db):
    return build.account(name="Lilavati Diagnostics")


def person(role="support"):
    made = build.user(role, staff=role != "customer", superuser=role == "admin")
    made.groups.set(Group.objects.filter(name=role))
    return made


def signed_in(who):
    client = Client()
    client.force_login(who)
    return client


def look_at(account, *, role="billing", who=None):
    """A client of staff that looks at an account."""
    client = signed_in(who or person())
    answer = client.post(
        reverse("admin:see_begin", args=[account.pk]), {"role": role, "reason": "Call of 24 Nov"}
    )
    assert answer.status_code == 302, answer.content.decode()
    return client


def address(name, account):
    return reverse(name, kwargs={"ban": account.ban})


def later(monkeypatch, **by):
    monkeypatch.setattr("billing_portal.clock.now", lambda: build.NOW + timedelta(**by))


def acts():
    return list(
        AuditEvent.objects.filter(action__startswith="accounts.look")
        .order_by("pk")
        .values_list("action", flat=True)
    )


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("support", True),
        ("finance", True),
        ("manager", True),
        ("admin", True),
        ("auditor", False),
        ("customer", False),
    ],
)
def test_who_may_begin_to_look(role, may, account):
    client = signed_in(person(role))

    answer = client.post(reverse("admin:see_begin", args=[account.pk]), {"role": "owner", "reason": "Call"})

    assert (client.get(address("overview", account)).status_code == 200) is may
    assert (answer.status_code == 302 and "look" in client.session) is may


def test_a_look_needs_a_reason(account):
    client = signed_in(person())

    answer = client.post(reverse("admin:see_begin", args=[account.pk]), {"role": "owner", "reason": " "})

    assert answer.status_code == 422 and "reason" in answer.context["form"].errors
    assert not AuditEvent.objects.exists() and "look" not in client.session


def test_staff_see_what_the_role_sees_and_stay_themselves(account):
    build.charge(account, 1000)
    client = look_at(account)

    html = client.get(address("overview", account)).content.decode()

    assert "Lilavati Diagnostics" in html and "₹1,180.00" in html
    assert "You look as a customer" in html and "as its billing" in html and "12:00 IST" in html
    assert reverse("profile") not in html
    assert client.get(reverse("admin:index")).status_code == 200
    assert not Member.objects.filter(user__is_staff=True).exists()


def test_a_role_with_less_sees_less(account):
    client = look_at(account, role="agent")

    assert client.get(address("overview", account)).status_code == 403
    assert client.get(address("usage", account)).status_code == 403


def test_phone_numbers_stay_masked_even_as_the_owner(account):
    build.subscribed(account, now=build.NOW - timedelta(days=3))
    build.used(account, 3)
    owner = signed_in(build.owner(account))
    client = look_at(account, role="owner")

    assert b"9900000001" in owner.get(address("usage", account)).content
    for name in ("usage", "usage-csv"):
        answer = client.get(address(name, account))
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200 and b"9900000001" not in body


def test_conversations_are_seen_as_the_role_sees_them_and_nobody_has_read_them(account):
    owner, staff = build.owner(account), build.user(staff=True)
    row = test_support.begun(account)
    test_support.reply(row, staff)
    client = look_at(account, role="owner")

    shown = client.get(address("support", account)).content.decode()
    page = client.get(reverse("conversation", kwargs={"ban": account.ban, "conversation_id": row.pk}))

    assert row.subject in shown and page.status_code == 200
    assert Message.objects.unread_by(owner).count() == 1
    assert row.subject not in look_at(account, role="agent").get(address("support", account)).content.decode()


def panel_pages():
    """Every address of an account that takes no more than its number."""
    found = next(one for one in get_resolver().url_patterns if str(one.pattern) == "<ban:ban>/")
    return [
        one.name for one in found.url_patterns if isinstance(one, URLPattern) and "<" not in str(one.pattern)
    ]


def test_no_post_of_the_panel_does_anything(account):
    build.charge(account, 1000)
    client = look_at(account, role="owner")
    client.get(address("overview", account))
    before = counted()

    for name in panel_pages():
        for method in ("post", "put", "patch", "delete", "options"):
            answer = getattr(client, method)(address(name, account), {"amount": "100"})
            assert answer.status_code == 403, (name, method)

    assert b"You only look here" in answer.content
    assert counted() == before
    assert set(panel_pages()) <= set(PAGES)


def counted():
    return [model.objects.count() for model in (Payment, Document, Notice, Account, AuditEvent)]


def test_a_page_that_would_write_or_ask_the_gateway_is_refused(account, settings):
    payment = build.payment(account, 500)
    Payment.objects.filter(pk=payment.pk).update(opened_at=None)
    client = look_at(account, role="owner")

    answer = client.get(reverse("payment-checkout", kwargs={"ban": account.ban, "number": payment.number}))

    payment.refresh_from_db()
    assert answer.status_code == 403 and payment.opened_at is None


def test_every_page_opens_or_is_refused_clearly(account):
    build.subscribed(account)
    build.paid(account, 3000)
    client = look_at(account, role="owner")

    got = {name: client.get(address(name, account)).status_code for name in panel_pages()}

    assert set(got.values()) <= {200, 302, 403, 404, 405}, got
    shown = {
        "overview",
        "payments",
        "documents",
        "usage",
        "statement",
        "alerts",
        "auto-pay",
        "plan",
        "payments-bank",
    }
    assert {name for name in shown if got[name] != 200} == set()


def test_the_database_itself_refuses_a_write(account):
    with pytest.raises(InternalError) as refused, transaction.atomic(), unit.read_only():
        Account.objects.filter(pk=account.pk).update(name="X")

    assert unit.is_refused_write(refused.value)
    Account.objects.filter(pk=account.pk).update(name="Y")  # and lets go afterwards


def test_nothing_but_the_one_account_is_open(account):
    other = build.account()
    me = person()
    mine = build.account()
    client = look_at(account, who=me)

    for url in (address("overview", other), address("overview", mine), "/BA-999999/", reverse("profile"),
                reverse("account_change_password"), reverse("mfa_index"), reverse("usersessions_list"),
                reverse("account_email"), reverse("account_reauthenticate")):  # fmt: skip
        assert client.get(url).status_code == 403, url
        assert client.post(url).status_code == 403, url
    assert client.get(reverse("home")).status_code == 302


def test_nobody_looks_at_an_account_of_staff(account):
    build.member(account, Member.Role.AGENT, person=person("manager"))
    client = signed_in(person())

    answer = client.post(reverse("admin:see_begin", args=[account.pk]), {"role": "owner", "reason": "Call"})

    assert answer.status_code == 422 and "member of staff" in answer.content.decode()
    assert client.get(address("overview", account)).status_code == 404


def test_begin_pages_and_end_join_the_audit_chain(account):
    me = person()
    client = look_at(account, who=me)
    client.get(address("overview", account))
    client.get(address("overview", account))  # again: the same page
    client.get(address("payments", account) + "?q=secret")
    client.post(reverse("admin:see_end"))

    assert acts() == ["accounts.look.begin", "accounts.look.page", "accounts.look.page", "accounts.look.end"]
    events = list(AuditEvent.objects.order_by("pk"))
    assert {(one.actor, one.account, one.reason) for one in events} == {(me, account, "Call of 24 Nov")}
    assert events[2].after == {"path": address("payments", account)}
    assert events[3].after == {"why": "left"}
    assert client.get(address("overview", account)).status_code == 404
    assert not [one for one in books.look(now=build.NOW).findings if one.id == "I40"]


def test_a_look_ends_after_half_an_hour(account, monkeypatch):
    client = look_at(account)
    later(monkeypatch, minutes=29, seconds=59)
    assert client.get(address("overview", account)).status_code == 200

    later(monkeypatch, minutes=30)

    answer = client.get(address("overview", account))
    assert answer.url == reverse("admin:account_page", args=[account.pk])
    assert client.get(address("overview", account)).status_code == 404
    assert acts()[-1] == "accounts.look.end"


@pytest.mark.parametrize("what", ["right", "staff", "member"])
def test_a_look_ends_with_what_it_stands_on(what, account):
    me = person()
    client = look_at(account, who=me)
    if what == "right":
        me.groups.clear()
    elif what == "staff":
        type(me).objects.filter(pk=me.pk).update(is_staff=False)
    else:
        build.member(account, Member.Role.AGENT, person=person("manager"))

    client.get(address("overview", account))

    assert client.get(address("overview", account)).status_code == 404
    assert "look" not in client.session


def test_a_disabled_person_sees_nothing_more(account):
    me = person()
    client = look_at(account, who=me)
    type(me).objects.filter(pk=me.pk).update(is_active=False)

    answer = client.get(address("overview", account))

    assert answer.status_code == 302 and reverse("account_login") in answer.url


def test_signing_out_ends_the_look(account):
    client = look_at(account)

    client.post(reverse("account_logout"))

    assert acts()[-1] == "accounts.look.end"
    assert client.get(address("overview", account)).status_code == 302


def test_a_second_look_ends_the_first(account):
    other, me = build.account(), person()
    client = look_at(account, who=me)
    client.post(reverse("admin:see_begin", args=[other.pk]), {"role": "billing", "reason": "Another call"})

    assert client.get(address("overview", other)).status_code == 200
    assert client.get(address("overview", account)).status_code == 403
    assert acts()[:3] == ["accounts.look.begin", "accounts.look.begin", "accounts.look.end"]


def test_somebody_elses_look_is_nobodys(account):
    look = looking.begin(account.pk, Member.Role.OWNER, by=person(), reason="Call", now=build.NOW)
    client = signed_in(person("manager"))
    session = client.session
    session["look"] = look.words
    session.save()

    client.get(address("overview", account))

    assert client.get(address("overview", account)).status_code == 404


def test_a_use_case_that_is_not_allowed_begins_nothing(account):
    with pytest.raises(looking.NotPossible):
        looking.begin(account.pk, Member.Role.OWNER, by=person("auditor"), reason="Call", now=build.NOW)
    assert not acts()
