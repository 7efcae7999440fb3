"""The files of a month's returns: made in the background like every export, named by the month, sums the page's."""

import csv
import io
import json
import uuid
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import storages

from invoices import export_forms, exports, gstr_file
from invoices.models import Export
from tests import build
from tests.build import NOW
from tests.invoices import worked_month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("documents")]
SAMPLE = json.loads((Path(__file__).parents[1] / "vectors" / "gstr1.json").read_text())


def asked(kind, **parameters):
    by = build.user(staff=True)
    words = {"account": None, "user": by, "parameters": {"month": "2026-10", **parameters}, "now": NOW}
    row = exports.ask(kind, token=uuid.uuid4(), **words)
    exports.work_due(lambda: NOW)
    row.refresh_from_db()
    return row


def content(row):
    assert row.state == Export.State.READY, row.error
    with storages["documents"].open(row.name) as file:
        return file.read()


def rows(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_file_for_the_portal():
    worked_month.october()

    row = asked("gstr1-json")

    assert json.loads(content(row)) == SAMPLE
    assert (row.title, row.download_as) == ("GSTR-1 October 2026", "gstr1-2026-10.json")
    assert row.content_type == "application/json" and row.done == row.total == 7


def test_the_tables_for_people():
    worked_month.october()

    row = asked("gstr1-csv")

    assert row.download_as == "gstr1-csv-2026-10.zip"
    archive = zipfile.ZipFile(io.BytesIO(content(row)))
    files = {
        name.removeprefix("gstr1-2026-10-").removesuffix(".csv"): rows(archive.read(name))
        for name in archive.namelist()
    }
    assert list(files) == [
        "summary", "4A-b2b", "5-b2cl", "6A-exp", "6B-sez", "7-b2cs", "9B-cdnr", "9B-cdnur", "7-b2cs-sums", "11A-at",
        "11B-txpd", "11-vouchers", "12-hsn", "13-documents", "differences", "in-the-way",
    ]  # fmt: skip
    assert files["4A-b2b"][1][2:] == [
        "VI/2627/000101", "2026-10-31", "invoice", "R", "Karnataka (29)", "11800.00", "18",
        "10000.00", "900.00", "900.00", "0.00",
    ]  # fmt: skip
    assert [row[9:] for row in files["7-b2cs"][1:]] == [
        ["-100.00", "-9.00", "-9.00", "0.00"],
        ["847.46", "76.27", "76.27", "0.00"],
        ["1000.00", "0.00", "0.00", "180.00"],
        ["1747.46", "67.27", "67.27", "180.00"],
    ]
    assert files["11-vouchers"][1][:5] == ["11A", "RV/2627/000060", "2026-10-05", "2026-10-05", "received"]
    assert files["summary"][-1][:4] == ["11A − 11B", "Advances together", "", "4847.46"]
    assert len(files["differences"]) == len(files["in-the-way"]) == 1


def test_the_figures_of_3b():
    worked_month.october()

    row = asked("gstr3b-csv")

    found = {line[0]: line[2:] for line in rows(content(row))}
    figures = ["131579.48", "953.54", "953.54", "21777.22"]
    assert found["3.1(a)"] == [*figures, *figures, "0.00", "0.00", "0.00", "0.00"]
    assert found["3.2"] == ["101000.00", "0.00", "0.00", "18180.00"]
    assert (row.title, row.download_as) == ("GSTR-3B October 2026", "gstr3b-2026-10.csv")


def test_a_part_of_a_large_month(monkeypatch):
    worked_month.october()
    monkeypatch.setattr(gstr_file, "PART", 3)

    second, beyond = asked("gstr1-json", part=2), asked("gstr1-json", part=9)

    assert set(json.loads(content(second))) == {"gstin", "fp", "version", "hash", "b2b", "b2cl", "exp"}
    assert (second.title, second.download_as) == ("GSTR-1 October 2026 part 2", "gstr1-2026-10-2.json")
    assert (beyond.state, beyond.error) == (Export.State.WAITING, "ValueError: The month has 3 files.")


def test_a_file_that_the_portal_would_refuse_is_not_kept(monkeypatch):
    worked_month.october()
    monkeypatch.setattr(gstr_file, "LARGEST", 100)

    row = asked("gstr1-json")

    assert row.state == Export.State.WAITING and row.error.startswith("TooLarge")


@pytest.mark.parametrize(
    ("month", "sound"),
    [
        ("2026-11", True), ("2026-10", True), ("2017-07", True), ("2026-12", False), ("2017-06", False),
        ("2026-13", False), ("2026-1", False), ("", False), ("2026-10-01", False), ("२०२६-१०", False),
    ],
)  # fmt: skip
def test_a_month_that_has_begun_may_be_asked_for(month, sound):
    assert export_forms.Month({"month": month}).is_valid() is sound
