"""Every page of the panel and of the staff side with two years of data: no statement is asked again for each row."""

import re
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import sent_messages
from accounts.models import Account, User
from invoices import exports
from tests import build, fakes
from tests.admin.urls_of import models

BAN = "BA-100042"  # two years by auto-pay and by hand
ALIKE = 4  # an approval shows two futures, each with the bills of two readers; a question a row is many more
MOST = 62
MOST_TRIED = 110  # an approval's page carries the yes out and takes it back
LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
ONE_OF = re.compile(r"\(\?(?:, \?)*\)")


@pytest.fixture
def account(seeded, settings):
    settings.ADMIN_RATE, settings.GATEWAY = 10_000, "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    return Account.objects.get(ban=BAN)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def alike(statement):
    """Return a statement without its values, so that two of one shape are the same."""
    return ONE_OF.sub("(?)", LITERAL.sub("?", statement))


def too_many(client, address):
    """Return what a page asks too often, or what it answers when that is no page."""
    client.get(address)  # what is learnt once a process or a session
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    if answer.status_code != 200:
        return answer.status_code
    shapes = Counter(alike(one["sql"]) for one in captured if "SAVEPOINT" not in one["sql"])
    most = MOST_TRIED if "/approval/" in address else MOST
    often = {shape[:300]: times for shape, times in shapes.items() if times > ALIKE}
    return often or (len(captured) if len(captured) > most else None)


def panel_pages(account, owner):
    of = {"ban": account.ban}
    payment = account.payments.filter(status="captured").order_by("-pk")[0]
    bill = account.documents.bills().newest_first()[0]
    words = {"account": account, "user": owner, "parameters": {}, "now": build.NOW}
    file = exports.ask("documents-zip", token=uuid.uuid4(), **words)
    since, until = (build.NOW - timedelta(days=700)).date(), build.NOW.date()
    plain = (
        "overview payments payments-bank documents usage statement plan auto-pay alerts what-if exports preferences "
        "preferences-account team support messages"
    )
    return {name: reverse(name, kwargs=of) for name in plain.split()} | {
        "payment": reverse("payment", kwargs=of | {"number": payment.number}),
        "result": reverse("payment-result", kwargs=of | {"number": payment.number}),
        "document": reverse("document", kwargs=of | {"slug": bill.slug}),
        "two years": reverse("statement", kwargs=of) + f"?first={since}&last={until}",
        "file": reverse("export", kwargs=of | {"token": file.token}),
        "conversation": reverse(
            "conversation", kwargs=of | {"conversation_id": account.conversations.order_by("pk")[0].pk}
        ),
        "message": reverse("message", kwargs=of | {"notice_id": sent_messages.of(account)[0].pk}),
        "profile": reverse("profile"),
    }


def staff_pages(account):
    plain = "index credit_jobs invoices_export_finance invoices_export_returns payments_reconciliation"
    of_account = (
        "account_page accounts_account_lines credit_account_case credit_account_limit invoices_account_extras "
        "invoices_account_plan invoices_account_unrated see_begin"
    )
    pages = {name: reverse(f"admin:{name}") for name in plain.split()}
    pages |= {name: reverse(f"admin:{name}", args=[account.pk]) for name in of_account.split()}
    pages["search"] = reverse("admin:search") + "?q=lotus"
    for model in models():
        pages[model] = reverse(f"admin:{model}_changelist")
        row = apps.get_model(*model.split("_", 1)).objects.order_by("-pk").first()
        if row:
            pages[f"one {model}"] = reverse(f"admin:{model}_change", args=[row.pk])
    return pages


def test_every_page_of_the_panel(account):
    owner = account.members.filter(role="owner").order_by("pk")[0].user
    client = signed_in(owner)

    asked = {name: too_many(client, address) for name, address in panel_pages(account, owner).items()}

    assert {name: found for name, found in asked.items() if found} == {}


def test_every_page_of_the_staff_side(account):
    client = signed_in(User.objects.filter(is_superuser=True)[0])

    asked = {name: too_many(client, address) for name, address in staff_pages(account).items()}

    assert {name: found for name, found in asked.items() if found} == {}


def test_a_question_for_each_row_is_seen(account):
    shapes = [f"select * from a where id = {number} and name = 'it''s'" for number in range(9)]

    assert {alike(one) for one in shapes} == {"select * from a where id = ? and name = ?"}
    assert alike("x in (1, 2, 3)") == alike("x in (4)")
