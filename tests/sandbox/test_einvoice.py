"""The e-invoice portal in the box: what it takes, what it refuses and by which code, and what it signs."""

import hashlib
import json
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from sandbox.einvoice import rules
from sandbox.frame import INDIA
from tests.sandbox.conftest import NOON

VECTORS = Path(__file__).parents[1] / "vectors"
TODAY = datetime.fromtimestamp(NOON, INDIA)
SELLER = "29ZZZCS0001A1ZI"


def request(name="invoice", **document):
    """A worked example of the reference, dated today."""
    body = json.loads((VECTORS / f"einvoice-{name}.json").read_text())
    body["DocDtls"] |= {"Dt": f"{TODAY:%d/%m/%Y}"} | document
    return body


def headers(key="sandbox_einvoice_key_1", gstin=SELLER):
    return {"Authorization": f"Bearer {key}", "gstin": gstin}


def send(box, body, **who):
    return box.http.post(f"{box.url}/einvoice/v1.03/Invoice", json=body, headers=headers(**who)).json()


def look_up(box, body, **who):
    document = body["DocDtls"]
    params = {"doctype": document["Typ"], "docnum": document["No"], "docdate": document["Dt"]}
    address = f"{box.url}/einvoice/v1.03/Invoice/irnbydocdetails"
    return box.http.get(address, params=params, headers=headers(**who)).json()


def codes(answer):
    return [row["ErrorCode"] for row in answer["ErrorDetails"]]


@pytest.mark.parametrize("name", ["invoice", "creditnote"])
def test_a_sound_request_gets_its_irn(box, name):
    body = request(name)

    answer = send(box, body)

    year = rules.year(TODAY.date())
    words = SELLER + year + body["DocDtls"]["Typ"] + body["DocDtls"]["No"]
    assert answer["Status"] == 1
    assert answer["Data"]["Irn"] == hashlib.sha256(words.encode()).hexdigest()
    assert answer["Data"]["AckDt"] == f"{TODAY:%Y-%m-%d %H:%M:%S}"
    assert look_up(box, body)["Data"] == answer["Data"]


def test_the_same_document_again_is_a_duplicate_and_is_told_with_its_irn(box):
    first = send(box, request())["Data"]

    again = send(box, request(No="vi/2627/000102".upper()))

    assert codes(again) == ["2150"]
    assert again["InfoDtls"][0]["Desc"]["Irn"] == first["Irn"]
    assert len(box.control("GET", "/einvoices", document="VI/2627/000102")["items"]) == 1


def test_what_is_not_registered_is_not_found(box):
    assert codes(look_up(box, request())) == ["2148"]


@pytest.mark.parametrize("call", [send, look_up])
def test_a_wrong_key_is_no_answer_about_the_document(box, call):
    assert codes(call(box, request(), key="other")) == ["1005"]


# fmt: off
WRONG = {
    "an unknown field":      (lambda b: b.update(Colour="red"),                                "5002"),
    "a number as SlNo":      (lambda b: b["ItemList"][0].update(SlNo=1),                        "5002"),
    "goods":                 (lambda b: b["ItemList"][0].update(HsnCd="8517"),                  "5002"),
    "a quotation mark":      (lambda b: b["BuyerDtls"].update(LglNm='A "B"'),                   "5002"),
    "a voucher":             (lambda b: b["DocDtls"].update(Typ="RV"),                          "5002"),
    "another seller":        (lambda b: b["SellerDtls"].update(Gstin="27ZZZCM0003C1ZM"),        "2143"),
    "a typing mistake":      (lambda b: b["BuyerDtls"].update(Gstin="27ZZZCM0003C1ZX"),         "3028"),
    "another State":         (lambda b: b["BuyerDtls"].update(Stcd="29"),                       "2265"),
    "tomorrow":              (lambda b: b["DocDtls"].update(Dt="01/01/2029"),                   "2173"),
    "a month ago":           (lambda b: b["DocDtls"].update(Dt="01/04/2026"),                   "2294"),
    "a day that is none":    (lambda b: b["DocDtls"].update(Dt="31/02/2026"),                   "2172"),
    "a line twice":          (lambda b: b["ItemList"][1].update(SlNo="1"),                      "2163"),
    "another tax":           (lambda b: b["ItemList"][0].update(IgstAmt=400, TotItemVal=2900),  "2194"),
    "a sum of its own":      (lambda b: b["ValDtls"].update(TotInvVal=12_000),                  "2189"),
    "advances taken off":    (lambda b: b["ValDtls"].update(AssVal=5984.56),                    "2189"),
    "a discount left out":   (lambda b: b["ItemList"][1].update(Discount=0),                    "2182"),
}
# fmt: on


@pytest.mark.parametrize(("change", "code"), WRONG.values(), ids=WRONG)
def test_what_is_refused_and_by_which_code(box, change, code):
    body = request()
    change(body)

    assert code in codes(send(box, body))
    assert box.control("GET", "/einvoices")["items"] == []


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"null", b'"x"', b'{"DocDtls": 5}', b"[" * 100_000])
def test_a_body_that_is_no_request_is_refused(box, body):
    answer = box.http.post(f"{box.url}/einvoice/v1.03/Invoice", content=body, headers=headers())

    assert (answer.status_code, codes(answer.json())) == (200, ["5002"])


@pytest.mark.parametrize(
    ("number", "sound"), [("27AAPFU0939F1ZV", True), ("27AAPFU0939F1ZO", False), ("27A", False)]
)
def test_the_check_character(number, sound):
    assert rules.is_gstin(number) is sound


def test_a_fault_refuses_one_document_with_its_code(box):
    box.control(
        "POST",
        "/faults",
        {
            "on": "einvoice",
            "document": "CN/*",
            "do": {"kind": "refuse", "code": "3029", "reason": "GSTIN is inactive"},
        },
    )

    assert send(box, request())["Status"] == 1
    refused = send(box, request("creditnote"))
    assert refused["ErrorDetails"] == [{"ErrorCode": "3029", "ErrorMessage": "GSTIN is inactive"}]
    assert send(box, request("creditnote"))["Status"] == 1


def test_a_fault_without_its_code_makes_no_sense(box):
    with pytest.raises(Exception, match="code is missing"):
        box.control("POST", "/faults", {"on": "einvoice", "do": {"kind": "refuse"}})


def test_an_answer_can_be_lost_after_it_was_registered(box):
    box.control(
        "POST", "/faults", {"on": "request", "path": "/einvoice/*", "do": {"kind": "reset", "commit": True}}
    )

    with pytest.raises(httpx.HTTPError):
        send(box, request())

    assert look_up(box, request())["Status"] == 1


def test_somebody_cancels_at_the_portal(box):
    irn = send(box, request())["Data"]["Irn"]

    box.control("POST", f"/einvoices/{irn}/cancel")

    assert look_up(box, request())["Data"]["Status"] == "CNL"
    assert codes(send(box, request())) == ["2150"]  # the number is burnt


def test_a_reset_keeps_the_key(box):
    before = box.http.get(f"{box.url}/einvoice/public-key.pem").text
    box.reset()

    assert before.startswith("-----BEGIN PUBLIC KEY-----")
    assert box.http.get(f"{box.url}/einvoice/public-key.pem").text == before
