"""Finance's exports of payments: the TDS register and the list of recharges, as CSV and XLSX."""

import csv
import io
import uuid

import openpyxl
import pytest
from django.core.files.storage import storages

from invoices import exports
from invoices.models import Export
from tests import build
from tests.payments.test_bank import UTR, line_of, settle
from tests.payments.test_taxes import declare, income, settled

pytestmark = pytest.mark.django_db
NOW = build.NOW
MONTH = {"first": "2026-11-01", "last": "2026-11-30"}


@pytest.fixture(autouse=True)
def documents(settings, tmp_path):
    storage = settings.STORAGES["documents"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": storage}


def made(kind):
    by = build.user(staff=True)
    row = exports.ask(kind, token=uuid.uuid4(), account=None, user=by, parameters=MONTH, now=NOW)
    exports.work_due(lambda: NOW)
    row.refresh_from_db()
    assert row.state == Export.State.READY, row.error
    with storages["documents"].open(row.name) as file:
        return file.read()


def rows(kind):
    return list(csv.DictReader(io.StringIO(made(kind).decode("utf-8-sig"))))


def test_the_tds_register():
    account = build.account(billing_name="=HYPERLINK(1)")
    invoice = build.charge(account, 10_000)
    settled(declare(account, "11600.00", income(invoice)), "11600.00")

    [row, sums] = rows("tds-csv")

    assert row["Customer"] == "'=HYPERLINK(1)" and row["TAN or GSTIN"] == "BLRA12345B"
    assert (row["Invoice"], row["Without GST"], row["Tax deducted"], row["Rate %"], row["State"]) == (
        invoice.number, "10000.00", "200.00", "2.00", "open",
    )  # fmt: skip
    assert (sums["Deducted"], sums["Tax deducted"]) == ("Together", "200.00")
    sheet = openpyxl.load_workbook(io.BytesIO(made("tds-xlsx"))).active
    assert sheet["K2"].value == 200 and sheet["C2"].data_type == "s"


def test_the_list_of_recharges():
    account = build.account()
    build.charge(account, 100)
    build.paid(account, 500)
    settle(line_of("1000.00"), (account, "1000.00"))

    found = {row["Way"]: row for row in rows("recharges-csv")}

    assert (found["bank"]["Bank reference"], found["bank"]["Money"], found["bank"]["Put to invoices"]) == (
        UTR, "1000.00", "0.00",
    )  # fmt: skip
    assert (found["online"]["Put to invoices"], found["online"]["Advance with GST"]) == ("118.00", "382.00")
    assert found[""]["Amount"] == "1500.00"
    assert openpyxl.load_workbook(io.BytesIO(made("recharges-xlsx"))).active["A1"].value == "Received"
