"""Reported problems: seen with the open ones first, answered once by those who may, with a mail to the customer."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from accounts import notices
from accounts.models import AuditEvent, Notice
from invoices import problems
from tests import build

pytestmark = pytest.mark.django_db
LIST = "admin:invoices_problemreport_changelist"


def reported(account, text="The rental is billed twice.", *, now=build.NOW):
    bill = build.charge(account, 1000)
    return problems.report(bill, text, token=uuid.uuid4(), by=build.owner(account), now=now)


def answer_url(row):
    return reverse("admin:invoices_problem_answer", args=[row.pk])


@pytest.mark.parametrize("role", ["customer", "support", "finance", "manager", "auditor", "admin"])
def test_who_may_answer(role, staff, account):
    row, client = reported(account), staff(role)

    seen = client.get(answer_url(row)).status_code == 200
    client.post(answer_url(row), {"answer": "We credit it."})

    row.refresh_from_db()
    assert seen is bool(row.answered_at) is (role in ("support", "finance", "manager", "admin"))


def test_the_customer_gets_the_answer_and_the_chain_keeps_it(staff, account):
    row = reported(account)
    page = staff("support").post(answer_url(row), {"answer": "  We credit ₹1,180.00.  "}, follow=True)

    assert "Answered. The customer gets a mail." in page.content.decode()
    row.refresh_from_db()
    assert (row.answer, row.answered_at) == ("We credit ₹1,180.00.", build.NOW)
    assert AuditEvent.objects.get(action="invoices.answer_problem").account == account
    Notice.objects.exclude(name="problem-answered").delete()
    notices.send_due(now=build.NOW)
    (message,) = mail.outbox
    assert message.to == [build.owner(account).email]
    assert message.subject == f"Our answer about {row.document.number}"
    assert "We credit ₹1,180.00." in message.body
    assert "The rental is billed twice." in message.body


def test_an_answer_stands(staff, account):
    row, client = reported(account), staff("support")
    client.post(answer_url(row), {"answer": "First."})

    assert "Somebody has answered" in client.post(answer_url(row), {"answer": "Second."}).content.decode()
    row.refresh_from_db()
    assert row.answer == "First."
    assert Notice.objects.filter(name="problem-answered").count() == 1


@pytest.mark.parametrize(
    ("answer", "said"), [("", "required"), (" \n ", "required"), ("x" * 2001, "at most 2000")]
)
def test_an_answer_that_cannot_be_sent_says_why(answer, said, staff, account):
    row = reported(account)

    page = staff("support").post(answer_url(row), {"answer": answer})

    assert page.status_code == 422
    assert said in page.content.decode()
    row.refresh_from_db()
    assert row.answered_at is None


def test_open_ones_stand_first_the_oldest_on_top(staff, account):
    rows = [reported(account, f"Problem {n}", now=build.NOW + timedelta(minutes=n)) for n in range(3)]
    client = staff("support")
    client.post(answer_url(rows[0]), {"answer": "Done."})

    page = client.get(reverse(LIST)).content.decode()
    only_open = client.get(reverse(LIST), {"answered_at__isempty": "1"}).content.decode()

    assert page.index("Problem 1") < page.index("Problem 2") < page.index("Problem 0")
    assert "Problem 0" not in only_open and "Problem 2" in only_open


def test_the_first_page_counts_what_is_open(staff, account):
    client = staff("support")
    rows = [reported(account), reported(account)]
    client.post(answer_url(rows[0]), {"answer": "Done."})

    page = client.get(reverse("admin:index"))

    assert page.context["page"].problems == 1
    assert f"{reverse(LIST)}?answered_at__isempty=1" in page.content.decode()


def test_hostile_words_are_only_words(staff, account):
    row = reported(account, "<script>alert(1)</script>\n=1+1\u202e")
    client = staff("support")

    for url in (
        reverse(LIST),
        answer_url(row),
        reverse("admin:invoices_problemreport_change", args=[row.pk]),
    ):
        assert "<script>alert(1)" not in client.get(url).content.decode()
