"""The lists of the overdue lifecycle: longer ones cost no more queries, and no title is a number of the database."""

import re
import uuid
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import approvals
from credit import deletion, overdue_policies, write_offs
from credit.models import Archive, Deletion, OverdueCase, Restoration
from credit.policy import OVERDUE_STEPS
from invoices.models import WriteOff
from tests import archived, build, ladder
from tests.ladder import at, bill, case

pytestmark = pytest.mark.django_db
LISTS = {
    "credit_overduecase": OverdueCase,
    "credit_archive": Archive,
    "credit_deletion": Deletion,
    "credit_restoration": Restoration,
    "invoices_writeoff": WriteOff,
}


@pytest.fixture(autouse=True)
def day_84(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("billing_portal.clock.now", lambda: at(84))
    storage = settings.STORAGES["archives"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"archives": storage}


@pytest.fixture
def world(db):
    """Three accounts to be deleted, three that came back, three written off."""
    doomed = [archived.account() for _ in range(3)]
    archived.files_are_made()
    paid, lost = ([build.account() for _ in range(3)] for _ in range(2))
    for account in paid + lost:
        bill(account)
    ladder.sweep(range(31))
    for account in paid:
        build.paid(account, "59", now=at(31))
    for account in lost:
        asked = write_offs.ask(
            account.pk,
            [account.documents.get().pk],
            token=uuid.uuid4(),
            reason="x",
            by=build.user(),
            now=at(31),
        )
        approve(asked, write_offs.carry_out, at(31))
    ladder.sweep(range(31, 84))
    for account in doomed:
        asked = deletion.ask(account.pk, token=uuid.uuid4(), reason="x", by=build.user(), now=at(84))
        approve(asked, deletion.approve, at(84))


def approve(asked, carry_out, now):
    approvals.approve(asked.pk, actor=build.user(), note="yes", now=now, carry_out=carry_out)


def queries(client, url):
    client.get(url)  # what is learnt once a process
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(captured), len(answer.context["cl"].result_list)


def test_longer_lists_cost_no_more_queries_and_no_title_is_an_id(world, staff):
    client = staff("auditor")
    for name, model in LISTS.items():
        page = reverse(f"admin:{name}_changelist")
        one = model.objects.first()

        few, found_one = queries(client, f"{page}?q={one.account.ban}")
        many, found_all = queries(client, f"{page}?q=BA-")

        assert (found_one, few) == (1, many), name
        assert found_all >= 3
        text = client.get(reverse(f"admin:{name}_change", args=[one.pk])).content.decode()
        assert re.search(rf"<h2>({one.account.ban}|VI/[^<]*), \w[^<]* \d+ \w{{3}} 202\d</h2>", text), name


def test_more_policy_versions_cost_no_more_queries(staff):
    client, page = staff("auditor"), reverse("admin:credit_policyversion_changelist")
    overdue_policies.current(now=at(0))
    bill(build.account())
    few, _ = queries(client, page)
    for number in range(1, 4):
        later = (*OVERDUE_STEPS[:-1], replace(OVERDUE_STEPS[-1], day=90 + number))
        overdue_policies.publish(later, after=number, actor=build.user(), reason="x", now=at(0))
        bill(build.account())

    assert queries(client, page) == (few, 4)


def test_a_case_is_called_by_its_account_and_day():
    account = build.account()
    bill(account, due=-20)

    assert str(case(account)) == f"{account.ban}, due 4 Nov 2026"
