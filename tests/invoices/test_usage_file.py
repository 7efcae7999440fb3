"""Usage from CSV: the same rules, line numbers for what is refused, and nothing twice."""

import csv
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from invoices import usage
from invoices.models import UsageRecord
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db
NAMES = ("id", "account", "feature", "caller", "called", "started_at", "answered_at", "ended_at", "units")


@pytest.fixture
def account():
    account = build.account()
    build.subscribed(account, now=NOW - timedelta(days=3))
    return account


@pytest.fixture
def file(tmp_path):
    def write(*records, names=NAMES, text=None):
        path = tmp_path / "usage.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            if text is not None:
                out.write(text)
            else:
                writer = csv.DictWriter(out, names, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(records)
        return str(path)

    return write


def run(path, capsys, **options):
    code = 0
    try:
        call_command("import_usage", path, **options)
    except SystemExit as end:
        code = end.code
    return code, capsys.readouterr()


def test_a_file_is_taken_in_and_again_is_duplicate(account, file, capsys, monkeypatch):
    monkeypatch.setattr(usage, "MOST", 2)
    path = file(
        *[build.call(account, answered_at="", ended_at="") for _ in range(4)], build.message(account, units=9)
    )

    code, said = run(path, capsys)
    again = run(path, capsys)[1]

    assert (code, said.out) == (0, "5 lines: 5 accepted, 0 duplicate, 0 rejected\n")
    assert said.err.splitlines() == [
        "2 lines, 0 rejected …",
        "4 lines, 0 rejected …",
        "5 lines, 0 rejected …",
    ]
    assert again.out == "5 lines: 0 accepted, 5 duplicate, 0 rejected\n"
    assert UsageRecord.objects.get(feature="sms").units == 9


def test_refused_lines_are_named_and_the_others_are_taken(account, file, capsys, tmp_path):
    wrong = [
        build.call(account, id="=1+1|A!b", account="BA-999999999"),
        build.message(account, units="1.5", id="s-1"),
    ]
    rejects = tmp_path / "rejects.csv"

    code, said = run(file(build.call(account), *wrong), capsys, rejects=str(rejects))

    assert (code, said.out) == (1, "3 lines: 1 accepted, 0 duplicate, 2 rejected\n")
    assert list(csv.reader(rejects.read_text().splitlines())) == [
        ["3", "'=1+1|A!b", "account", "is not known"],
        ["4", "s-1", "units", "must be a whole number from 1 to 100000"],
    ]


def test_a_dry_run_says_the_same_and_changes_nothing(account, file, capsys):
    said = run(file(build.call(account)), capsys, dry_run=True)[1]

    assert said.out == "1 lines: 1 would be accepted, 0 duplicate, 0 rejected\n"
    assert not UsageRecord.objects.exists()


def test_a_line_with_too_few_cells_is_refused(account, file, capsys):
    code, said = run(file(text="id,account,feature,started_at\nc-1\n\n"), capsys)

    assert code == 1
    assert said.out.splitlines()[0] == '2,,,"has 1 cells, the first line names 4"'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "lacks the columns account, feature, id, started_at"),
        ("id,account\n", "lacks the columns feature, started_at"),
        ("id,account,feature,started_at,price\n", "unknown or there twice: price"),
        ("id,account,feature,started_at,id\n", "there twice"),
        ('id,account,feature,started_at\n"c', "line 2"),
    ],
)
def test_a_file_that_is_no_usage_is_refused(file, text, why):
    with pytest.raises(CommandError, match=why):
        call_command("import_usage", file(text=text))


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00\x01")
    for name in ("none.csv", "x.csv"):
        with pytest.raises(CommandError):
            call_command("import_usage", str(tmp_path / name))


def lines(account, *odd):
    """A file with a sound line, the odd ones, and a sound line."""
    start = NOW.isoformat()
    sound = [f"{name},{account.ban},sms,{start}".encode() for name in ("first", "last")]
    return b"\n".join([b"id,account,feature,started_at", sound[0], *odd, sound[1], b""])


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (b"s\xff,BA-1,sms,x", "3,s\\udcff,id,must be 1 to 64 printable ASCII characters without spaces"),
        (b"s-1,BA-100000,s\xe9ms,x", "3,s-1,feature,is not known"),
        (b"a,b,c", '3,,,"has 3 cells, the first line names 4"'),
        (b"a,b,c,d,e", '3,,,"has 5 cells, the first line names 4"'),
        (
            b"s-1,BA-100000,sms," + b"x" * 140_000,
            "3,,,is no line of a CSV: field larger than field limit (131072)",
        ),
        (b's-1,"BA"x,sms,y', "3,,,\"is no line of a CSV: ',' expected after '\"\"'\""),
    ],
)
def test_a_bad_line_costs_itself_alone(account, tmp_path, capsys, odd, said):
    path = tmp_path / "usage.csv"
    path.write_bytes(lines(account, odd))

    code, told = run(str(path), capsys)

    assert (code, told.out.splitlines()) == (1, [said, "3 lines: 2 accepted, 0 duplicate, 1 rejected"])
    assert set(UsageRecord.objects.values_list("record_id", flat=True)) == {"first", "last"}


@pytest.mark.parametrize(
    "odd",
    [(b's-1,"BA-1,sms,x',), (b's-1,"BA-1,sms,x', b'a"b,c,d,e'), (b's-1,"' + b"x" * 70_000, b"x" * 70_000)],
)
def test_a_quote_that_stays_open_ends_the_file_and_what_stands_before_stays(account, tmp_path, capsys, odd):
    path = tmp_path / "usage.csv"
    path.write_bytes(lines(account, *odd))

    with pytest.raises(CommandError, match="line 3: a quote is opened there and not closed on the line"):
        call_command("import_usage", str(path))

    assert capsys.readouterr().err == "1 lines, 0 rejected …\n"
    assert list(UsageRecord.objects.values_list("record_id", flat=True)) == ["first"]
