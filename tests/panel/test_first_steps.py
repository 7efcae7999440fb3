"""The first steps: shown on a new account, each done by its fact, gone when all are or the account is old."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import invitations
from billing_portal import first_steps
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return build.account(created_at=NOW - timedelta(days=1))


def steps(account, role="owner", *, is_empty=False, now=NOW):
    member = account.members.filter(role=role).first() or build.member(account, role)
    return [(step.page, step.is_done) for step in first_steps.of(member, is_empty=is_empty, now=now)]


def test_three_steps_each_done_by_its_fact(account):
    pages = ["preferences-account", "payments", "team"]
    assert steps(account) == [(page, False) for page in pages]

    build.paid(account, 1500)
    assert steps(account) == list(zip(pages, [False, True, False], strict=True))

    invitations.invite(account.pk, "new@example.in", "agent", actor=build.owner(account), now=NOW)
    assert steps(account) == list(zip(pages, [False, True, True], strict=True))

    account.details_confirmed_at = NOW
    account.save()
    assert steps(account) == []


def test_a_role_sees_its_own_steps(account):
    assert [page for page, _done in steps(account, "billing")] == ["preferences-account", "payments"]
    assert steps(account, "agent") == []


@pytest.mark.parametrize(("days", "is_empty", "shown"), [(30, False, 3), (31, False, 0), (400, True, 3)])
def test_an_old_account_with_a_history_is_left_alone(days, is_empty, shown):
    account = build.account(created_at=NOW - timedelta(days=days))

    assert len(steps(account, is_empty=is_empty)) == shown


def test_saving_the_details_unchanged_is_the_first_step(account, browse):
    client = browse(build.owner(account))
    overview = reverse("overview", kwargs={"ban": account.ban})
    assert "Check your billing details" in client.get(overview).content.decode()
    address = reverse("preferences-account", kwargs={"ban": account.ban})
    form = client.get(address).context["form"]

    client.post(address, {name: form[name].value() for name in form.fields})

    page = client.get(overview).content.decode()
    assert page.count('<span class="hush">Done:</span>') == 1
    assert f'href="{address}">Billing details' not in page
