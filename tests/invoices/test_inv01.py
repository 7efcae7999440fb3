"""The rule of e-invoicing against its reference: scope, IRN, the request of form INV-01 and its sums."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import inv01
from invoices.gst import Supply
from tests.hostile.words import HOSTILE
from tests.invoices.papers import ABROAD, VECTORS, form, line, lines, paper, sample, sent

IRNS = json.loads((VECTORS / "gst.json").read_text())["irn"]
KINDS = {short: kind for kind, short in inv01.TYPES.items()}
FROM = date(2026, 10, 31)
GSTIN = "27ZZZCM0003C1ZM"
OPTIONAL = {"Qty", "Unit", "UnitPrice", "Discount", "TotAmt"}  # our documents keep no quantity


@pytest.mark.parametrize("row", IRNS, ids=lambda row: f"{row['fy']}-{row['number']}")
def test_irn_is_the_portals(row):
    on = date(int(row["fy"][:4]), 10, 1)

    assert inv01.irn(row["seller_gstin"], KINDS[row["type"]], row["number"], on) == row["irn"]


@pytest.mark.parametrize(("on", "year"), [(date(2027, 3, 31), "2026-27"), (date(2027, 4, 1), "2027-28")])
def test_the_year_of_an_irn_is_that_of_the_document(on, year):
    assert inv01.financial_year(on) == year


# fmt: off
SCOPE = [
    ("invoice",         "regular",      GSTIN, True),
    ("credit_note",     "regular",      GSTIN, True),
    ("debit_note",      "regular",      GSTIN, True),
    ("invoice",         "sez_lut",      GSTIN, True),
    ("invoice",         "sez_taxed",    GSTIN, True),
    ("invoice",         "export_lut",   "",    True),
    ("credit_note",     "export_taxed", "",    True),
    ("invoice",         "unregistered", "",    False),
    ("credit_note",     "unregistered", "",    False),
    ("invoice",         "uin",          "2917USA00002UNE", False),
    ("invoice",         "regular",      "",    False),
    ("receipt_voucher", "regular",      GSTIN, False),
    ("refund_voucher",  "regular",      GSTIN, False),
    ("payment_advice",  "regular",      GSTIN, False),
]
# fmt: on


@pytest.mark.parametrize(("kind", "registration", "gstin", "needed"), SCOPE)
def test_which_documents_need_an_irn(kind, registration, gstin, needed):
    assert inv01.applies(kind, registration, gstin, issued_on=FROM, since=FROM) is needed


@pytest.mark.parametrize(
    ("since", "needed"), [(FROM, True), (FROM + timedelta(days=1), False), (None, False)]
)
def test_from_which_day_on(since, needed):
    assert inv01.applies("invoice", "regular", GSTIN, issued_on=FROM, since=since) is needed


@pytest.mark.parametrize("name", ["invoice", "creditnote"])
def test_the_worked_examples_keep_the_form_that_we_check_by(name):
    form(sample(name))


def without(item):
    return {name: value for name, value in item.items() if name not in OPTIONAL}


def test_the_worked_invoice():
    wanted = sample("invoice")
    texts = [item["PrdDesc"] for item in wanted["ItemList"]]
    made = [
        line(texts[0], "998412", 250_000, 45_000),
        line(texts[1], "998419", 725_000, 130_500),
        line(texts[2], "998419", 123_456, 22_222),
    ]

    body = sent(
        paper(
            lines=made,
            rounding=22,
            paid=590_000,
            period=(date(2026, 9, 30), date(2026, 10, 30)),
            advances=[("RV/2627/000060", date(2026, 10, 5))],
        )
    )

    for block in ("Version", "TranDtls", "DocDtls", "ValDtls"):
        assert body[block] == wanted[block]
    assert body["SellerDtls"] == {k: v for k, v in wanted["SellerDtls"].items() if k != "Addr2"}
    assert body["BuyerDtls"].items() <= wanted["BuyerDtls"].items()
    assert list(map(without, body["ItemList"])) == list(map(without, wanted["ItemList"]))
    assert body["PayDtls"].items() <= wanted["PayDtls"].items()
    assert body["RefDtls"]["DocPerdDtls"] == wanted["RefDtls"]["DocPerdDtls"]
    assert body["RefDtls"]["ContrDtls"][0].items() <= wanted["RefDtls"]["ContrDtls"][0].items()


def test_the_worked_credit_note():
    wanted = sample("creditnote")
    made = [line(wanted["ItemList"][0]["PrdDesc"], "998419", 60_000, 10_800)]

    body = sent(
        paper(
            lines=made,
            kind="credit_note",
            number="CN/2627/000007",
            issued_on=date(2026, 11, 15),
            due_on=None,
            original=("VI/2627/000102", date(2026, 10, 31)),
        )
    )

    for block in ("Version", "TranDtls", "DocDtls", "ValDtls"):
        assert body[block] == wanted[block]
    assert [without(item) for item in body["ItemList"]] == [without(item) for item in wanted["ItemList"]]
    assert body["RefDtls"]["PrecDocDtls"] == wanted["RefDtls"]["PrecDocDtls"]
    assert "PayDtls" not in body


# fmt: off
SUPPLIES = [
    ({"state": "29", "gstin": "29ZZZCB0002B1ZW"},                Supply.INTRA, "B2B",    (0, 90, 90)),
    ({},                                                         Supply.INTER, "B2B",    (180, 0, 0)),
    ({"registration": "sez_lut", "state": "29", "gstin": "29ZZZCZ0004D1Z2"},   Supply.ZERO,  "SEZWOP", (0, 0, 0)),
    ({"registration": "sez_taxed", "state": "29", "gstin": "29ZZZCZ0004D1Z2"}, Supply.INTER, "SEZWP",  (180, 0, 0)),
    ({"registration": "sez_lut", "gstin": "29ZZZCZ0004D1Z2"},    Supply.INTER, "SEZWP",  (180, 0, 0)),
    (ABROAD,                                                     Supply.ZERO,  "EXPWOP", (0, 0, 0)),
    (ABROAD | {"registration": "export_taxed"},                  Supply.INTER, "EXPWP",  (180, 0, 0)),
]
# fmt: on


@pytest.mark.parametrize(("to", "supply", "kind", "taxes"), SUPPLIES)
def test_the_kind_of_supply_and_its_taxes(to, supply, kind, taxes):
    body = sent(paper(supply=supply, to=to))

    [item] = body["ItemList"]
    assert body["TranDtls"]["SupTyp"] == kind
    assert (item["IgstAmt"], item["CgstAmt"], item["SgstAmt"]) == taxes
    assert item["GstRt"] == 18  # the combined rate, also where no tax is charged


def test_a_customer_abroad_is_named_as_the_portal_wants():
    body = sent(paper(supply=Supply.ZERO, to=ABROAD))

    buyer = body["BuyerDtls"]
    assert (buyer["Gstin"], buyer["Pos"], buyer["Stcd"]) == ("URP", "96", "96")
    assert "Pin" not in buyer
    assert body["ExpDtls"] == {"RefClm": "N", "CntCode": "SG"}


def test_no_telephone_number_and_no_address_of_a_mailbox_of_a_customer_is_told():
    assert not {"Ph", "Em"} & set(sent(paper())["BuyerDtls"])


@given(
    st.lists(st.integers(0, 10**10), min_size=1, max_size=8),
    st.lists(st.integers(0, 100), max_size=3),
    st.sampled_from(Supply),
    st.integers(-99, 99),
)
def test_the_sums_of_what_is_sent_are_the_documents(values, percents, supply, rounding):
    """Whatever discounts a bill has: no line is negative, and to the paisa it is the same document."""
    taxables, left = list(values), sum(values)
    for percent in percents:
        taxables.append(-(left * percent // 100))
        left += taxables[-1]
    of = paper(lines=lines(taxables, supply), supply=supply, rounding=rounding if left > 99 else 0)
    body = inv01.payload(of)

    items, total = body["ItemList"], body["ValDtls"]
    for name, whole in (
        ("AssAmt", "AssVal"),
        ("IgstAmt", "IgstVal"),
        ("CgstAmt", "CgstVal"),
        ("SgstAmt", "SgstVal"),
    ):
        assert sum(item[name].value for item in items) == total[whole].value
        assert all(item[name].value >= 0 for item in items)
    assert total["AssVal"].value == of.value.taxable
    assert (
        sum(item["TotItemVal"].value for item in items) + of.rounding == total["TotInvVal"].value == of.total
    )
    for item in items:
        assert item["TotAmt"].value - item["Discount"].value == item["AssAmt"].value
        assert item["CgstAmt"] == item["SgstAmt"]
    form(json.loads(inv01.text(body)))


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**10), min_size=1, max_size=9))
def test_a_split_loses_no_paisa(amount, weights):
    parts = inv01.split(amount, weights)

    assert sum(parts) == (amount if sum(weights) else 0)
    assert all(part >= 0 for part in parts)


def test_a_discount_takes_from_each_line_its_share():
    body = sent(paper((300_000, 100_000, -40_000)))

    assert [(item["TotAmt"], item["Discount"], item["AssAmt"]) for item in body["ItemList"]] == [
        (3000, 300, 2700),
        (1000, 100, 900),
    ]
    assert [item["IgstAmt"] for item in body["ItemList"]] == [486, 162]


@pytest.mark.parametrize(
    "said", [*HOSTILE.values(), "x" * 10_000, "शंकर " * 3000, "", "A"], ids=lambda said: said[:9]
)
def test_whatever_people_wrote_fits_into_the_form(said):
    to = {"name": said, "address": said, "city": said}
    made = [inv01.Line(said, "998419", 1800, line("", "", 100, 18).value)]

    body = sent(paper(lines=made, to=to))

    for text in (*body["BuyerDtls"].values(), body["ItemList"][0]["PrdDesc"]):
        assert not set(str(text)) & {'"', "\\", "\u202e", "\n", "\x07"}


def test_a_long_address_breaks_between_words():
    buyer = sent(paper(to={"address": "Plot 17, " + "Industrial Estate " * 8}))["BuyerDtls"]

    assert buyer["Addr1"].endswith("Estate") and len(buyer["Addr1"]) <= 100
    assert buyer["Addr2"].startswith("Industrial")


# fmt: off
UNSENDABLE = [
    ({"to": {"pin": ""}},                                            "recipient has no PIN code"),
    ({"to": {"pin": "56000A"}},                                      "recipient has no PIN code"),
    ({"total": 1},                                                   "do not make the total"),
    ({"lines": [line("x", "9984", 100, 18)]},                        "9984 is no service accounting code"),
    ({"kind": "credit_note", "due_on": None},                        "names its original"),
    ({"lines": [line("x", "998419", 1, 0)] * 1001},                  "more than 1000"),
]
# fmt: on


@pytest.mark.parametrize(("fields", "why"), UNSENDABLE)
def test_what_cannot_be_sent_says_why(fields, why):
    with pytest.raises(inv01.NotSendable, match=why):
        inv01.payload(paper(**fields))
