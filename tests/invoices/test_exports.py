"""Exports: asked for once, made aside, kept whole; their contents, and cells that no spreadsheet runs."""

import csv
import io
import uuid
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.storage import storages

from accounts import ledger
from accounts.ledger import Book
from billing_portal import cells, money
from invoices import archive, billing_run, credit_notes, einvoices, export_kinds, exports, irp, render
from invoices.models import DocumentFile, Export
from tests import build
from tests.build import NOW, paise
from tests.fake_irp import FakeIrp, portal

__all__ = ["portal"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents")]


def clock():
    return NOW


def ask(account, kind="documents-zip", *, token=None, **parameters):
    user = build.owner(account) if account else build.user(staff=True)
    return exports.ask(
        kind, token=token or uuid.uuid4(), account=account, user=user, parameters=parameters, now=NOW
    )


def finished(export):
    exports.work_due(clock)
    export.refresh_from_db()
    assert export.state == Export.State.READY, export.error
    with storages["documents"].open(export.name) as file:
        return file.read()


def table(export):
    return list(csv.reader(io.StringIO(finished(export).decode("utf-8-sig"))))


def make_pdfs():
    render.render_due(lambda document: f"%PDF {document.number}".encode(), now=NOW)


def test_a_zip_holds_the_kept_files_and_an_index():
    account = build.account()
    build.charge(account, 1000)
    build.paid(account, 2000)
    make_pdfs()

    archive_ = zipfile.ZipFile(io.BytesIO(finished(ask(account))))

    assert set(archive_.namelist()) == {
        "tax-invoice/VI-2627-000001.pdf",
        "receipt-voucher/RV-2627-000001.pdf",
        "index.csv",
    }
    assert archive_.read("tax-invoice/VI-2627-000001.pdf") == b"%PDF VI/2627/000001"
    rows = list(csv.DictReader(io.StringIO(archive_.read("index.csv").decode("utf-8-sig"))))
    assert [(row["number"], row["total"], row["state"]) for row in rows] == [
        ("VI/2627/000001", "1180.00", "paid"),
        ("RV/2627/000001", "820.00", "left"),
    ]


def test_what_waits_for_its_irn_stands_in_the_index_alone(portal):
    account = build.account()
    portal.troubles = [irp.Refused("3029 GSTIN is inactive")]
    for rupees in (100, 200):
        build.charge(account, rupees)
    einvoices.register_due(FakeIrp(), now=NOW)
    make_pdfs()

    archive_ = zipfile.ZipFile(io.BytesIO(finished(ask(account))))

    rows = list(csv.DictReader(io.StringIO(archive_.read("index.csv").decode("utf-8-sig"))))
    assert [row["file"] for row in rows] == [
        "being registered with the e-invoice portal",
        "tax-invoice/VI-2627-000002.pdf",
    ]
    assert set(archive_.namelist()) == {"tax-invoice/VI-2627-000002.pdf", "index.csv"}


def test_a_zip_follows_the_filter():
    account = build.account()
    build.charge(account, 1000)
    build.paid(account, 2000)
    make_pdfs()

    export = exports.ask(
        "documents-zip",
        token=uuid.uuid4(),
        account=account,
        user=build.owner(account),
        parameters={"kind": "invoice"},
        now=NOW,
    )
    names = zipfile.ZipFile(io.BytesIO(finished(export))).namelist()

    assert names == ["tax-invoice/VI-2627-000001.pdf", "index.csv"]


def test_a_zip_waits_for_files_that_are_being_made():
    account = build.account()
    build.charge(account, 1000)
    export = ask(account)

    exports.work_due(clock)

    export.refresh_from_db()
    assert (export.state, export.attempts) == (Export.State.WAITING, 0)
    assert "1 of 1 PDFs are still being made" in export.error
    assert DocumentFile.objects.get().state == DocumentFile.State.WAITING


def test_the_same_click_twice_is_one_export_and_there_is_a_most():
    account = build.account()
    token = uuid.uuid4()

    assert ask(account, token=token) == ask(account, token=token)
    for _ in range(exports.AT_ONCE - 1):
        ask(account)
    with pytest.raises(exports.NotPossible, match="Please wait"):
        ask(account)
    with pytest.raises(exports.NotPossible, match="used already"):
        ask(build.account(), token=token)


def test_a_failing_export_is_tried_again_and_parked(monkeypatch):
    export = ask(build.account())
    monkeypatch.setattr(archive, "make", lambda *_a, **_k: 1 // 0)
    now = NOW
    for attempt in range(exports.TRIES):
        exports.work_due(lambda moment=now: moment, limit=1)
        export.refresh_from_db()
        assert export.attempts == attempt + 1
        now += timedelta(hours=1)

    assert export.state == Export.State.PARKED
    assert export.error.startswith("ZeroDivisionError")


def test_a_late_finisher_is_refused():
    export = ask(build.account())
    claimed = exports.claim(NOW)
    exports.claim(NOW + timedelta(minutes=5))  # its lease was over

    assert exports.work(claimed, clock) is False
    export.refresh_from_db()
    assert export.state == Export.State.WAITING


def test_a_file_is_forgotten_after_its_time():
    export = ask(build.account())
    finished(export)
    name = export.name

    assert exports.expire(now=NOW + timedelta(days=6)) == 0
    assert exports.expire(now=NOW + timedelta(days=8)) == 1
    assert exports.expire(now=NOW + timedelta(days=8)) == 0

    export.refresh_from_db()
    assert export.state == Export.State.EXPIRED
    assert not storages["documents"].exists(name)


def test_a_file_whose_removal_was_interrupted_is_offered_no_more_and_goes_at_the_next_time(monkeypatch):
    export = ask(build.account())
    finished(export)
    name, over = export.name, NOW + timedelta(days=8)

    def killed(_name):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(storages["documents"], "delete", killed)
        exports.expire(now=over)
    export.refresh_from_db()
    assert (export.state, export.name) == (Export.State.EXPIRED, name)

    assert exports.expire(now=over) == 1

    export.refresh_from_db()
    assert export.name == ""
    assert not storages["documents"].exists(name)


HOSTILE = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_run(text):
    assert not cells.harmless(text).startswith(cells.FORMULA)


@pytest.mark.parametrize("text", ["-12.50", "0", "1234567.00", "VI/2627/000001"])
def test_numbers_and_words_stay(text):
    assert cells.harmless(text) == text


@pytest.fixture
def month():
    account = build.account(billing_name="=HYPERLINK(1)")
    bill = build.charge(account, 1000, now=NOW - timedelta(days=20))
    build.paid(account, 500, now=NOW - timedelta(days=10))
    credit_notes.issue_note(bill.pk, paise(100), "Too high", token="c", now=NOW)
    build.paid(account, 1000, now=NOW)
    return account


PERIOD = {"first": "2026-11-01", "last": "2026-11-30"}


@pytest.mark.parametrize(
    ("kind", "asked", "title", "file"),
    [
        ("statement-pdf", {"first": "2025-10-01", "last": "2026-11-30"},
         "Statement 1 Oct 2025 – 30 Nov 2026", "BA-1-statement-2025-10-01-2026-11-30.pdf"),
        ("documents-zip", {}, "Documents", "BA-1-documents.zip"),
        ("documents-zip", {"year": "2627", "kind": "invoice"},
         "Documents 2627 invoice", "BA-1-documents-2627-invoice.zip"),
        ("annex", {"number": "VI/2627/000001"}, "Usage annex VI/2627/000001", "BA-1-annex-VI-2627-000001.pdf"),
        ("ageing-csv", {"as_of": "2026-11-24"}, "Receivables ageing as of 24 Nov 2026", "BA-1-ageing-2026-11-24.csv"),
    ],
)  # fmt: skip
def test_a_file_is_called_by_its_days(kind, asked, title, file):
    row = export_kinds.KINDS[kind]

    assert (row.title(asked), row.file_name("BA-1", asked)) == (title, file)


def test_the_register_lists_every_document_and_its_sums(month):
    rows = table(ask(None, "register-csv", **PERIOD))

    assert [row[0] for row in rows[1:-4]] == ["VI/2627/000001", "CN/2627/000001", "RV/2627/000001"]
    assert rows[1][4] == "'=HYPERLINK(1)"
    assert rows[1][13] == "1180.00" and rows[2][14] == "VI/2627/000001"
    credited, advance = rows[2][13], rows[3][13]
    assert [(row[0], row[13]) for row in rows[-4:]] == [
        ("Together: Tax invoice", "1180.00"),
        ("Together: Receipt voucher", advance),
        ("Together: Credit note", credited),
        ("Invoices and debit notes less credit notes", money.rupees(paise("1180.00") - paise(credited))),
    ]


def test_the_journal_balances(month):
    rows = table(ask(None, "journal-csv", **PERIOD))

    assert rows[-1][5] == rows[-1][6] != "0.00"
    assert len(rows) - 2 == sum(entry.lines.count() for entry in month.entries.all())


# fmt: off
AGED = [
    # as of         open        bucket (column)  what was open
    ("2026-11-03",  None,       None),   # not issued yet
    ("2026-11-04",  "1180.00",  7),      # not due: due on 11 Nov
    ("2026-11-11",  "1180.00",  8),      # day 0
    ("2026-11-14",  "680.00",   8),      # 500 paid on 14 Nov
    ("2026-11-23",  "680.00",   9),      # day 12
    ("2026-11-24",  None,       None),   # credited and paid
]
# fmt: on


@pytest.mark.parametrize(("as_of", "open_", "bucket"), AGED)
def test_ageing_as_of_any_day(month, as_of, open_, bucket):
    rows = table(ask(None, "ageing-csv", as_of=as_of))

    bills = [row for row in rows[1:-1] if row[2] != "held"]
    assert [row[6] for row in bills] == ([open_] if open_ else [])
    if bucket:
        assert bills[0][bucket] == open_
    assert rows[-1][6] == (open_ or "0.00")


def test_ageing_of_today_is_the_ledger_s_receivable(month):
    build.charge(month, 5000)
    rows = table(ask(None, "ageing-csv", as_of="2026-11-24"))

    assert paise(rows[-1][6]) == -ledger.balances(month)[Book.RECEIVABLE]
    assert paise(rows[-1][15]) == ledger.balances(month)[Book.ADVANCES]


@pytest.mark.parametrize("kind", ["register-xlsx", "journal-xlsx", "ageing-xlsx"])
def test_a_workbook_holds_numbers_and_no_formula(month, kind):
    parameters = {"as_of": "2026-11-15"} if kind.startswith("ageing") else PERIOD

    sheet = openpyxl.load_workbook(io.BytesIO(finished(ask(None, kind, **parameters)))).active

    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert any(isinstance(value, int | float) for value in values)
    assert sheet.freeze_panes == "A2"


def test_the_statement_is_a_pdf(month, read_pdf):
    text = read_pdf(finished(ask(month, "statement-pdf", **PERIOD)))

    assert "STATEMENT" in text and "Closing balance" in text
    assert "Payment PAY2627-" in text


def test_the_annex_lists_what_was_used(read_pdf):
    account = build.account()
    build.subscribed(account)
    later = NOW + timedelta(days=30)
    build.used(account, 1250, now=later - timedelta(days=1))
    billing_run.bill_chunk([account.pk], now=later)
    bill = account.documents.bills().newest_first()[0]

    text = read_pdf(finished(ask(account, "annex", document=bill.pk, number=bill.number)))

    assert "Click-to-call 2 1,250 ₹750.00" in " ".join(text.split())
    assert "•••• 0001" in text and "+919900000001" not in text
