"""A bank's CSV: dates and amounts as Indian banks print them, and no row lost."""

from datetime import date

import pytest

from payments import statement_cells, statement_file, utr
from tests.statements import HDFC, ICICI, hdfc

TODAY = date(2026, 11, 24)


def read(text, **more):
    found = statement_cells.table(text if isinstance(text, bytes) else text.encode())
    columns = more.pop("columns", None) or statement_cells.known(found.header)[1]
    return statement_file.read(found, columns, bank="1", today=TODAY)


@pytest.mark.parametrize(("text", "name"), [(HDFC, "HDFC Bank"), (ICICI, "ICICI Bank, SBI")])
def test_two_layouts_are_known_by_their_header(text, name):
    assert statement_cells.known(statement_cells.table(text.encode()).header)[0] == name


def test_an_hdfc_statement():
    rows = read(HDFC).rows

    assert [(r.value_on, r.is_in, r.amount, r.utr, r.cheque) for r in rows] == [
        (date(2026, 11, 20), True, 1_180_000, "SBINN52026112012", ""),
        (date(2026, 11, 21), True, 1_23_456_78, "632501234567", ""),
        (date(2026, 11, 21), False, 59_000, None, ""),
        (date(2026, 11, 23), True, 5_00_000, None, "004321"),
    ]
    assert (rows[0].payer, rows[1].payer) == ("LOTUS DIAGNOSTICS PVT LTD", "RIVERA TRADERS")
    assert not read(HDFC).balance_note


def test_an_icici_statement_and_what_stands_below_it():
    statement = read(ICICI)

    assert [(r.is_in, r.amount) for r in statement.rows] == [(True, 1_180_000), (False, 100_000)]
    assert [(one.number, one.reason) for one in statement.unread] == [(6, "no date: Page 1 of 1")]
    assert statement.unread[0].text.startswith("Page 1 of 1")


@pytest.mark.parametrize("text", ["23/11/26", "23/11/2026", "23-11-2026", "23-Nov-2026", "23 Nov 2026", "2026-11-23",
                                  "23/11/2026 14:05:11"])  # fmt: skip
def test_dates(text):
    assert read(hdfc(day=text)).rows[0].value_on == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "paise"),
    [("1,23,456.78", 12_345_678), ("123456.7", 12_345_670), ("₹ 1,000", 100_000), ("INR 5.00", 500), ("12.50Cr", 1250),
     ("1,00,00,000.00", 1_000_000_000)],
)  # fmt: skip
def test_amounts(text, paise):
    assert read(hdfc(deposit=text)).rows[0].amount == paise


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"day": "11/23/2026"}, "no date: 11/23/2026"),
        ({"day": ""}, "no date: empty"),
        ({"day": "23/11/2031"}, "the date is not of these years: 23/11/2031"),
        ({"deposit": "1.234,56"}, "the deposit is no amount: 1.234,56"),
        ({"deposit": "1,23.456"}, "the deposit is no amount: 1,23.456"),
        ({"deposit": "-500.00"}, "the deposit is no amount: -500.00"),
        ({"deposit": "=1+1"}, "the deposit is no amount: =1+1"),
        ({"deposit": "9" * 19}, "the deposit is too large: " + "9" * 19),
        ({"deposit": "٥٠٠"}, "the deposit is no amount: ٥٠٠"),
        ({"deposit": ""}, "no amount"),
        ({"withdrawal": "5.00"}, "money in and out on one row"),
    ],
)
def test_a_row_that_is_no_line_is_returned_with_why(fields, reason):
    statement = read(hdfc(**fields))

    assert statement.rows == ()
    [one] = statement.unread
    assert one.reason == reason and one.text


def test_a_missing_row_is_seen_by_the_running_balance():
    lines = HDFC.splitlines()
    del lines[5]

    assert read("\n".join(lines)).balance_note.startswith("Row 6: the balance should be ₹")


def test_newest_first_is_no_break():
    lines = HDFC.splitlines()

    assert not read("\n".join([*lines[:4], *reversed(lines[4:])])).balance_note


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04...", "spreadsheet"),
        (b"", "No row of the file looks like the header"),
        (b"hello\nworld\n", "No row of the file looks like the header"),
        ((HDFC + '"open\n1,2\n').encode(), "a quote is opened there and never closed"),
        (HDFC.replace("UPI-RIVERA", '"UPI-RIVERA').replace("CHQ DEP", 'CHQ" DEP').encode() + b'\n"', "quote"),
    ],
)
def test_what_is_no_statement(content, why):
    with pytest.raises(statement_cells.NotAStatement, match=why):
        read(content)


def test_other_encodings_and_separators():
    assert len(read(HDFC.encode("utf-16")).rows) == len(read(HDFC.replace(",", ";", 0)).rows) == 4
    assert read("\ufeff".encode() + HDFC.encode()).rows[0].amount == 1_180_000
    assert read(hdfc(narration="NEFT-CAFÉ").encode("cp1252")).rows[0].narration == "NEFT-CAFÉ"


def test_hostile_text_stays_text_on_one_line():
    row = read(hdfc(narration='"=HYPERLINK(""http://x"")\n\u202eevil\0"')).rows[0]

    assert row.narration == '=HYPERLINK("http://x") evil'


def test_equal_rows_are_told_apart_by_their_turn_and_known_again():
    head = "\n".join(HDFC.splitlines()[:4])
    line = "20/11/26,CASH DEP,,20/11/26,,500.00,"
    first = read(f"{head}\n{line}\n{line}\n").rows
    again = read(f"{head}\n{line}\n{line}\n{line}\n").rows

    assert first[0].row_hash != first[1].row_hash
    assert [r.row_hash for r in again[:2]] == [r.row_hash for r in first]


@pytest.mark.parametrize(
    ("columns", "why"),
    [({"value": 3}, "narration"), ({"date": 0, "narration": 1}, "deposit"), ({"narration": 1, "deposit": 5}, "date"),
     ({"date": 0, "narration": 1, "deposit": 1}, "two things"), ({"date": 0, "narration": 1, "amount": 5}, "Cr/Dr")],
)  # fmt: skip
def test_a_mapping_says_what_it_lacks(columns, why):
    with pytest.raises(statement_cells.NotMapped, match=why):
        statement_cells.check(columns)


def test_one_amount_column_with_its_sign():
    text = "Posted,Text,Ref,Amt,D/C\n23/11/2026,NEFT,X,500.00,CR\n23/11/2026,FEE,,20.00,Dr\n23/11/2026,ODD,,1.00,?\n"
    statement = read(text, columns={"date": 0, "narration": 1, "reference": 2, "amount": 3, "sign": 4})

    assert [(r.is_in, r.amount) for r in statement.rows] == [(True, 50_000), (False, 2000)]
    assert statement.unread[0].reason == "neither Cr nor Dr: ?"


@pytest.mark.parametrize(
    ("reference", "narration", "found"),
    [
        ("SBINN52026112012", "", ("SBINN52026112012", "")),
        ("sbin n5 2026112012", "", ("SBINN52026112012", "")),
        ("0000632501234567", "UPI", ("632501234567", "")),
        ("", "IMPS-632501234567-ASHA-HDFC", ("632501234567", "")),
        ("", "RTGS CR-ICICR52026112000412345-RIVERA", ("ICICR52026112000412345", "")),
        ("000000000004321", "CHQ DEP", (None, "004321")),
        ("004321", "", (None, "004321")),
        ("", "CASH DEPOSIT", (None, "")),
        ("0", "", (None, "")),
    ],
)
def test_utr_or_cheque_of_a_row(reference, narration, found):
    assert utr.of_row(reference, narration) == found


@pytest.mark.parametrize(
    ("narration", "ban", "advice"),
    [
        ("NEFT-LOTUS-BA-100042", "BA-100042", ""),
        ("ba100042 pf2627000011", "BA-100042", "PF/2627/000011"),
        ("PF/2627/000011", "", "PF/2627/000011"),
        ("PF-2627-000011 NOV", "", "PF/2627/000011"),
        ("MUMBA-100042X", "", ""),
    ],
)
def test_what_a_narration_names(narration, ban, advice):
    assert (utr.ban_of(narration), utr.advice_of(narration)) == (ban, advice)


@pytest.mark.parametrize("text", ["", "abc", "12345678901", "SBIN-1", "632501234567890"])
def test_what_is_no_utr(text):
    with pytest.raises(utr.NotAUtr):
        utr.normal(text)


@pytest.mark.parametrize("text", ["", "0", "000000", "1234567", "12a", "١٢٣"])
def test_what_is_no_cheque(text):
    with pytest.raises(utr.NotACheque):
        utr.cheque(text)
