"""What an older row may hold, at every way out: page, PDF, CSV, workbook, mail, text message, log, API, admin."""

import csv
import io
import json
import logging
import uuid
import zipfile

import openpyxl
import pytest
import structlog
from django.contrib import admin
from django.core import mail
from django.urls import reverse

from accounts import api_keys, channels, invitations, notices, sms_templates, support
from accounts.models import Account, Contact, Notice
from accounts.support import Said
from billing_portal import cells, text
from billing_portal.logs import configure
from invoices import exports, payment_advice, pdf, registers, return_files
from invoices.models import Document, Export
from payments.models import Payment
from tests import build
from tests.accounts.texts import LOW, MOBILE
from tests.api.customer import ask
from tests.hostile.words import HOSTILE, UNSEEN
from tests.panel.test_access import PAGES, address

pytestmark = pytest.mark.django_db
VALUES = pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
SHOWN = ["overview", "payments", "payments-bank", "payment", "documents", "document", "usage", "alerts", "preferences",
         "preferences-account", "api-keys", "team", "statement", "plan", "support", "conversation", "messages",
         "exports"]  # fmt: skip


def marked(value):
    """An account whose every word is hostile, straight in its rows, with one of each thing."""
    account = build.account()
    build.limit(account, 50_000)  # its pages stay open
    build.subscribed(account)
    document = build.charge(account, 1000, text=value)
    payment = build.paid(account, 2000)
    person = build.owner(account)
    talk = support.begin(
        account.pk, "A question", "general", Said("Why?", uuid.uuid4()), by=person, now=build.NOW
    )
    invitations.invite(account.pk, "new@example.in", "billing", actor=person, now=build.NOW)
    api_keys.issue("Books", ["read"], account=account, actor=person, reason="test", now=build.NOW)
    account.api_keys.update(name=value[:60])
    Contact.objects.create(account=account, name=value[:120], email="desk@example.in", phone=MOBILE)
    Account.objects.filter(pk=account.pk).update(
        name=value, billing_name=value, address=value, city=value[:60]
    )
    type(account.customer).objects.filter(pk=account.customer_id).update(name=value)
    type(person).objects.filter(pk=person.pk).update(name=value)
    Payment.objects.filter(pk=payment.pk).update(instrument=value[:60])
    type(talk).objects.filter(pk=talk.pk).update(subject=value)
    talk.messages.update(text=value)
    account.refresh_from_db()
    things = {
        "number": payment.number,
        "slug": document.slug,
        "conversation_id": talk.pk,
    }
    return account, things


def unsound(page):
    """What of a hostile word has come through to a page as it was written."""
    odd = [one for one in ("<script>alert", "<img src=x", "__debug__") if one in page]
    return odd + [ascii(one) for one in UNSEEN - {"\x85", "\u2028"} if one in page]


@VALUES
def test_a_page_shows_it_and_runs_nothing(value, browse, world):
    account, things = marked(value)
    client = browse(build.owner(account))

    odd = {}
    for name in SHOWN:
        response = client.get(address(name, account.ban, things))
        assert response.status_code == 200, name
        if found := unsound(response.content.decode()):
            odd[name] = found

    assert odd == {}
    assert set(SHOWN) <= set(PAGES)


@VALUES
def test_an_answer_of_the_api_is_json_and_holds_nothing_unseen(value, world):
    account, things = marked(value)
    token = api_keys.issue("Books", ["read"], account=account, actor=None, reason="test", now=build.NOW).token
    paths = ("payments", f"payments/{things['number']}", "documents", f"documents/{things['slug']}", "statement",
             "alerts", "usage", "auto-pay")  # fmt: skip

    for path in paths:
        answer = ask(token, account.ban, path)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json"), path
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not [ascii(one) for one in UNSEEN if one in json.dumps(answer.json(), ensure_ascii=False)], (
            path
        )


@VALUES
def test_a_page_of_staff_shows_it_and_runs_nothing(value, browse, world):
    account, _things = marked(value)
    client = browse(build.user("Staff", staff=True, superuser=True))
    person = build.owner(account)
    urls = [reverse("admin:account_page", args=[account.pk])]
    for row in (account, account.customer, person, account.documents.first(), account.payments.first(),
                account.conversations.first()):  # fmt: skip
        stem = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        urls += [reverse(f"{stem}_changelist"), reverse(f"{stem}_change", args=[row.pk])]
        urls += [reverse(f"{stem}_history", args=[row.pk])]

    odd = {}
    for url in urls:
        response = client.get(url)
        assert response.status_code in (200, 302), url
        if found := unsound(response.content.decode()):
            odd[url] = found

    assert odd == {}


@VALUES
def test_a_cell_of_a_list_is_no_formula(value, browse, world):
    account, _things = marked(value)
    model = admin.site._registry[Account].opts
    client = browse(build.user("Staff", staff=True, superuser=True))

    response = client.post(
        reverse(f"admin:{model.app_label}_{model.model_name}_changelist"),
        {"action": "export_csv", "_selected_action": [account.pk]},
    )

    written = b"".join(response.streaming_content).decode("utf-8-sig")
    row = list(csv.reader(io.StringIO(written)))[1]
    assert not [cell for cell in row if cell.startswith(cells.FORMULA) and not cells.is_number(cell)]
    assert not set(written) & UNSEEN


@VALUES
def test_a_workbook_holds_it_as_text(value, tmp_path):
    path = tmp_path / "book.xlsx"
    with path.open("wb") as out:
        registers.as_xlsx(iter([["Name"], [value]]), out, lambda _done, _all: None)

    cell = openpyxl.load_workbook(path)["Export"]["A2"]
    assert cell.data_type == "s"
    assert not set(cell.value) & UNSEEN


@VALUES
@pytest.mark.parametrize("blanks", ["", " ", "\u202e", "\t"])
def test_a_cell_of_a_csv_is_harmless(value, blanks):
    (row,) = csv.reader(io.StringIO("".join(cells.lines([[f"{blanks}{value}"]])).removeprefix(cells.BOM)))

    assert not row[0].lstrip(" ").startswith(cells.FORMULA)
    assert not set(row[0]) & UNSEEN


@VALUES
def test_the_files_of_the_returns_are_harmless(value):
    account = build.account(billing_name=value, registration="unregistered", state="27")
    build.charge(account, 1000, text=value)
    export = Export(parameters={"month": "2026-11"})
    tables, portal = io.BytesIO(), io.BytesIO()

    return_files.gstr1_csv(export, tables, lambda _done, _all: None, now=build.NOW)
    return_files.gstr1_json(export, portal, lambda _done, _all: None, now=build.NOW)

    with zipfile.ZipFile(tables) as archive:
        read = [archive.read(name).decode("utf-8-sig") for name in archive.namelist()]
    rows = [row for text in read for row in csv.reader(io.StringIO(text))]
    assert any("VI/2627/" in cell for row in rows for cell in row)
    assert not [
        cell for row in rows for cell in row if cell.startswith(cells.FORMULA) and not cells.is_number(cell)
    ]
    assert not set("".join(read)) & UNSEEN
    assert json.loads(portal.getvalue())["fp"] == "112026" and not set(portal.getvalue().decode()) & UNSEEN


KINDS = (Document.Kind.INVOICE, Document.Kind.RECEIPT_VOUCHER, Document.Kind.PAYMENT_ADVICE)


@pytest.mark.parametrize(
    "names", [("markup", "a template"), ("a formula", "line breaks"), ("bidi marks", "controls")]
)
def test_a_pdf_prints_it_and_interprets_nothing(names, read_pdf):
    first, second = (HOSTILE[name] for name in names)
    account = build.account(billing_name=first, address=second)
    build.charge(account, 1000, text=second)
    build.paid(account, 2000)
    payment_advice.issue_advice(account.pk, 50_000, token=str(uuid.uuid4()), now=build.NOW)

    for kind in KINDS:
        printed = read_pdf(pdf.make(account.documents.filter(kind=kind).newest_first().first()))
        flat = "".join(printed.split())
        assert "".join(text.plain(first, 120).split()) in flat, kind
        assert "".join(text.plain(second, 200).split()) in flat, kind
        assert not set(printed) & (UNSEEN - {"\x0c"})


@pytest.mark.parametrize("name", ["markup", "a formula", "line breaks", "bidi marks", "controls"])
def test_a_statement_prints_it_and_interprets_nothing(name, read_pdf, settings, tmp_path):
    from django.core.files.storage import storages

    documents = settings.STORAGES["documents"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": documents}
    account, _things = marked(HOSTILE[name])
    export = exports.ask(
        "statement-pdf",
        token=uuid.uuid4(),
        account=account,
        user=build.owner(account),
        parameters={"first": "2026-11-01", "last": "2026-11-30"},
        now=build.NOW,
    )

    exports.work_due(lambda: build.NOW)

    export.refresh_from_db()
    with storages["documents"].open(export.name) as file:
        printed = read_pdf(file.read())
    assert "".join(text.plain(HOSTILE[name], 120).split()) in "".join(printed.split())


@VALUES
def test_a_mail_carries_it_as_words(value, world):
    account, _things = marked(value)
    person = build.owner(account)
    begun = support.begin(account.pk, value, "general", Said(value, uuid.uuid4()), by=person, now=build.NOW)
    notices.owe(account, "low-balance", event="low:1", context=LOW, now=build.NOW)

    for notice in Notice.objects.filter(channel="email", attachments=[]):
        channels.send(notice)

    assert begun and mail.outbox
    for message in mail.outbox:
        built = message.message()
        assert set(built.keys()) <= {
            "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"
        }  # fmt: skip
        assert not set(message.subject) & (UNSEEN | {"\n", "\r"})
        assert not set(message.body) & UNSEEN
        html = message.alternatives[0][0]
        assert unsound(html) == [] and not set(html) & UNSEEN


@VALUES
def test_a_text_message_carries_it_on_one_plain_line(value):
    words = {"ban": "BA-100042", "mandate": "MND2627-000007", "instrument": value, "ceiling": 15_000_00,
             "valid_until": "2036-11-24", "expires_on": "2026-12-31"}  # fmt: skip
    template = sms_templates.of("card-expiring")

    sent = sms_templates.render(template, words, site="https://billing.example", operator="Kaveri Voice")

    assert sent.isascii() and sent.isprintable()
    assert "<" not in sent and "=HYPER" not in sent and len(sent) < 320


@VALUES
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_line_of_the_log_stays_one(value, form):
    words = configure(format=form, silent=True)["formatters"]["line"]
    formatter = words.pop("()")(**words)
    event = {"event": "event_failed", "error": value, value: 1, "request": f"GET /{value}?q=asha@example.in"}

    line = formatter.format(logging.LogRecord("x", logging.INFO, "x.py", 1, event, (), None))

    assert len(line.splitlines()) == 1
    assert not set(line) & UNSEEN
    if form == "json":
        assert json.loads(line)
    assert structlog.is_configured()
