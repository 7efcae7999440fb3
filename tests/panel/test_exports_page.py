"""Files in the panel: asked for once, followed until ready, fetched by those who may have them."""

import uuid
from datetime import timedelta

import pytest

from accounts.models import Member
from invoices import exports
from invoices.models import Export
from tests import build
from tests.build import NOW
from tests.panel.test_payments_page import text, url

pytestmark = pytest.mark.django_db
PERIOD = {"first": "2026-11-01", "last": "2026-11-30"}
POLL = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def documents(settings, tmp_path):
    """The documents storage in an empty folder."""
    storage = settings.STORAGES["documents"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": storage}


def ask(client, account, kind="usage-csv", *, token=None, **fields):
    words = {"kind_of_export": kind, "token": token or uuid.uuid4(), **PERIOD, **fields}
    return client.post(url("export-ask", account), words)


def fetch(client, account, export):
    return client.get(url("export-file", account, token=export.token))


def make():
    exports.work_due(lambda: NOW)


def called(account):
    build.subscribed(account, now=NOW - timedelta(days=5))
    build.used(account, 3)


def test_a_file_is_asked_for_followed_and_fetched(client, account):
    called(account)

    address = ask(client, account).url

    page = client.get(address)
    assert "It is being made. This page looks again by itself" in text(page)
    assert f'hx-get="{address}"' in page.content.decode()
    assert 'id="export-card"' in client.get(address, headers=POLL).content.decode()
    export = Export.objects.get()
    assert fetch(client, account, export).url == address  # not ready: back to the wait

    make()

    assert client.get(address, headers=POLL)["HX-Refresh"] == "true"
    ready = client.get(address)
    assert "Ready:" in text(ready) and "hx-get" not in ready.content.decode()
    file = fetch(client, account, export)
    name = f"{account.ban}-usage-2026-11-01-2026-11-30.csv"
    assert file["Content-Disposition"] == f'attachment; filename="{name}"'
    assert b"+919900000001" in b"".join(file)


def test_a_double_click_is_one_file(client, account):
    token = uuid.uuid4()

    assert ask(client, account, token=token).url == ask(client, account, token=token).url
    assert Export.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("usage-csv", {"first": "30.11.2026"}, "From: Enter a valid date."),
        ("usage-csv", {"last": ""}, "To: This field is required."),
        ("usage-csv", {"first": "2026-12-01"}, "To: The last day comes after the first"),
        ("usage-csv", {"feature": "telex"}, "Feature: There is no such feature."),
        ("usage-csv", {"feature": "s\0ms"}, "Feature: Null characters are not allowed."),
        ("statement-pdf", {"first": "1999-01-01"}, "From: Enter a day between 2000 and 2100."),
        ("documents-zip", {"q": "x" * 61}, "Search: Ensure this value has at most 60 characters"),
        (
            "documents-zip",
            {"q": "nothing-like-this"},
            "There is no document like that, so the ZIP would be empty.",
        ),
        ("annex", {}, "Document: This field is required."),
        ("annex", {"number": "VI/2627/000001"}, "Document: This document bills no usage."),
    ],
)
def test_what_cannot_be_asked_for_names_the_field_in_words_and_the_reason(
    kind, fields, said, client, account
):
    build.charge(account, 1000)

    page = text(client.get(ask(client, account, kind, **fields).url))

    assert f"No file was asked for. {said}" in page
    assert not Export.objects.exists()


def test_too_many_at_a_time_are_refused_with_the_reason(client, account):
    for _ in range(exports.AT_ONCE):
        ask(client, account)

    page = text(client.get(ask(client, account).url))

    assert "5 files are being made already" in page
    assert Export.objects.count() == exports.AT_ONCE


@pytest.mark.parametrize("kind", ["documents-zip", "annex", "statement-pdf"])
def test_a_manager_gets_usage_and_nothing_of_money(kind, account, browse):
    client = browse(build.member(account, Member.Role.MANAGER).user)

    assert ask(client, account, kind).status_code == 403
    assert not Export.objects.exists()
    assert ask(client, account, "usage-csv").status_code == 302


@pytest.mark.parametrize("kind", ["register-csv", "ageing-xlsx", "journal-csv", "nothing", ""])
def test_kinds_of_the_staff_and_unknown_ones_do_not_exist_here(kind, client, account):
    assert ask(client, account, kind).status_code == 404
    assert not Export.objects.exists()


def test_another_accounts_file_does_not_exist(client, account, browse):
    other = build.account()
    build.charge(other, 100)
    ask(browse(build.owner(other)), other, "documents-zip")
    export = Export.objects.get()

    for name in ("export", "export-file"):
        assert client.get(url(name, account, token=export.token)).status_code == 404
        assert client.get(url(name, other, token=export.token)).status_code == 404


def test_another_persons_usage_file_is_theirs_alone(client, account, browse):
    called(account)
    ask(client, account)
    make()
    admin = browse(build.member(account, Member.Role.ADMIN).user)

    assert fetch(admin, account, Export.objects.get()).status_code == 404
    assert "No file has been asked for" in text(admin.get(url("exports", account)))


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [("manager", "+919900000001", "••••"), ("billing", "•••• 0001", "9900000001")],
)
def test_a_file_shows_numbers_as_the_role_does(role, shown, hidden, account, browse):
    called(account)
    client = browse(build.member(account, role).user)
    ask(client, account)
    make()

    file = b"".join(fetch(client, account, Export.objects.get())).decode()

    assert shown in file and hidden not in file


def test_who_may_see_whole_numbers_no_more_gets_no_file_with_them(account, browse):
    called(account)
    member = build.member(account, Member.Role.ADMIN)
    client = browse(member.user)
    ask(client, account)
    make()

    Member.objects.filter(pk=member.pk).update(role=Member.Role.BILLING)

    assert fetch(client, account, Export.objects.get()).status_code == 404


def test_a_file_waits_for_pdfs_and_says_so(client, account):
    build.charge(account, 1000)
    address = ask(client, account, "documents-zip").url
    make()

    assert "1 of 1 PDFs are still being made." in text(client.get(address))


def test_what_failed_is_for_staff_not_for_the_page(client, account, monkeypatch):
    def fail(*_words, **_more):
        raise RuntimeError("password of db-1.internal refused")

    monkeypatch.setattr("invoices.usage_files.make_csv", fail)
    address = ask(client, account).url
    make()

    page = text(client.get(address))

    assert "It is being made." in page
    assert "db-1.internal" in Export.objects.get().error and "db-1.internal" not in page


def test_a_file_that_could_not_be_made_or_is_kept_no_more_says_what_to_do(client, account):
    address = ask(client, account).url

    Export.objects.update(state=Export.State.PARKED)
    assert "Nothing is lost: please ask again later" in text(client.get(address))
    Export.objects.update(state=Export.State.EXPIRED)
    assert "Please ask for it again." in text(client.get(address))
    assert fetch(client, account, Export.objects.get()).url == address
