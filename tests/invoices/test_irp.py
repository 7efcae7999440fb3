"""The real contract: our adapter and job over HTTP to the sandbox's e-invoice portal, whatever goes wrong."""

import json
from datetime import timedelta

import httpx
import pytest

from invoices import billing_run, einvoices, extras, irp, signed_qr
from invoices.irp import JsonPortal
from invoices.models import DocumentFile, EInvoice
from tests import build
from tests.outside import FAILURES, sandbox_process

__all__ = ["sandbox_process"]
pytestmark = pytest.mark.django_db(transaction=True)
NOW = build.NOW
AFTER = NOW + timedelta(days=30)  # the first cycle has ended
LATER = NOW + timedelta(minutes=30)


@pytest.fixture(scope="session")
def public_key(sandbox_process, tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "einvoice.pem"
    file.write_text(sandbox_process.http.get(f"{sandbox_process.url}/einvoice/public-key.pem").text)
    return file


@pytest.fixture
def box(sandbox_process, public_key, settings, monkeypatch):
    """The sandbox at the tests' day, with e-invoicing on; who waits one second has a time-out."""
    box = sandbox_process
    box.reset(clock=NOW.timestamp(), freeze=True)
    settings.EINVOICE_ENABLED, settings.EINVOICE_FROM = True, NOW.date().isoformat()
    settings.EINVOICE_URL, settings.EINVOICE_PUBLIC_KEY_FILE = f"{box.url}/einvoice/v1.03", str(public_key)
    monkeypatch.setattr(irp, "TIMEOUT", httpx.Timeout(1))
    yield box
    box.control("POST", "/reset", {})


def run(now=NOW):
    return einvoices.register_due(JsonPortal(), now=now)


def registered(box):
    return box.control("GET", "/einvoices")["items"]


# fmt: off
CUSTOMERS = {
    "intra":     {"state": "29"},
    "inter":     {"state": "27"},
    "sez":       {"registration": "sez_lut", "gstin": "29ZZZCZ0004D1Z2"},
    "sez-taxed": {"registration": "sez_taxed", "gstin": "29ZZZCZ0004D1Z2"},
    "export":    {"registration": "export_lut", "state": "96", "pin": ""},
}
# fmt: on


@pytest.fixture(params=CUSTOMERS.values(), ids=CUSTOMERS)
def account(request):
    return build.account(**request.param)


def test_each_kind_of_customer_gets_an_irn(box, account):
    document = build.charge(account, "1234.56")

    assert run() == 1

    row, [kept] = EInvoice.objects.get(), registered(box)
    assert (row.irn, row.ack_number) == (kept["Irn"], str(kept["AckNo"]))
    assert row.ack_at == NOW
    assert DocumentFile.objects.get(document=document).next_attempt_at == NOW
    told = signed_qr.read(row.signed_qr, einvoices.trusted_keys())
    assert (told["DocNo"], told["Irn"]) == (document.number, row.irn)


def test_a_cycles_bill_with_usage_and_a_discount_gets_an_irn(box):
    account = build.account()
    build.subscribed(account)
    by = build.user(staff=True)
    extras.discount(
        account.pk, "Off", basis_points=1000, amount=None, cycles=3, actor=by, reason="x", now=NOW
    )
    build.used(account, 2000, now=NOW + timedelta(days=2))
    billing_run.bill_chunk([account.pk], now=AFTER)
    box.advance("P30D")

    assert run(AFTER) == EInvoice.objects.count() == 2


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_whatever_goes_wrong_on_the_way_it_is_registered_once(box, failure):
    build.charge(build.account(), 1000)
    for effect in failure:
        box.control(
            "POST", "/faults", {"on": "request", "method": "POST", "path": "/einvoice/*", "do": effect}
        )

    first = run()
    now = NOW
    while not EInvoice.objects.get().is_registered and now < LATER:
        now += timedelta(minutes=2)
        run(now)

    assert EInvoice.objects.get().is_registered
    assert first == 0
    assert len(registered(box)) == 1
    if any(effect["commit"] for effect in failure):  # what was done is asked for, not sent again
        log = box.control("GET", "/log", method="POST")["items"]
        assert len([entry for entry in log if "/einvoice/" in entry["path"]]) == 1


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ({"kind": "refuse", "code": "3029", "reason": "GSTIN is inactive"}, "3029 GSTIN is inactive"),
        ({"kind": "forged"}, "not signed by the portal"),
        ({"kind": "differs"}, "TotInvVal"),
    ],
)
def test_what_the_portal_says_of_a_document_waits_for_a_person(box, effect, words):
    build.charge(build.account(), 1000)
    box.control("POST", "/faults", {"on": "einvoice", "do": effect})

    assert run() == 0

    row = EInvoice.objects.get()
    assert row.state == EInvoice.State.REFUSED and words in row.error


def test_a_document_reported_too_late_is_refused_by_the_portal(box):
    build.charge(build.account(), 1000)
    box.advance("P31D")

    run()

    assert "older than 30 days" in EInvoice.objects.get().error


def test_a_key_that_the_portal_does_not_know_is_no_documents_fault(box, settings):
    build.charge(build.account(), 1000)
    settings.EINVOICE_KEY = "another"

    run()

    row = EInvoice.objects.get()
    assert (row.state, row.failures, row.error) == (EInvoice.State.WAITING, 0, "1005 Invalid Token")


def test_an_irn_cancelled_there_while_its_answer_was_lost(box):
    build.charge(build.account(), 1000)
    box.control(
        "POST", "/faults", {"on": "request", "path": "/einvoice/*", "do": {"kind": "reset", "commit": True}}
    )
    run()
    box.control("POST", f"/einvoices/{registered(box)[0]['Irn']}/cancel")

    assert run(LATER) == 0

    assert EInvoice.objects.get().state == EInvoice.State.CANCELLED


def answers(status, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return JsonPortal(httpx.MockTransport(lambda request: httpx.Response(status, content=content)))


def refusal(code, words="x", status=0):
    return {"Status": status, "ErrorDetails": [{"ErrorCode": code, "ErrorMessage": words}]}


GOOD = {
    "Irn": "a" * 64,
    "AckNo": 1,
    "AckDt": "2026-11-24 11:31:00",
    "SignedQRCode": "a.b.c",
    "SignedInvoice": "d.e.f",
}
# fmt: off
ODD = {
    "broken":             (500, {"Status": 0},                                        irp.Away),
    "moved":              (302, b"",                                                  irp.Away),
    "html":               (502, b"<html>",                                            irp.Away),
    "a wrong address":    (404, b"",                                                  irp.Away),
    "no json":            (200, b"oops",                                              irp.Away),
    "a list":             (200, [],                                                   irp.Unavailable),
    "no status":          (200, {"Data": GOOD},                                       irp.Unavailable),
    "no data":            (200, {"Status": 1},                                        irp.Unavailable),
    "half the data":      (200, {"Status": 1, "Data": {"Irn": "a"}},                  irp.Unavailable),
    "a moment of another form": (200, {"Status": 1, "Data": GOOD | {"AckDt": "24/11/2026"}}, irp.Unavailable),
    "markup":             (200, {"Status": 1, "Data": GOOD | {"SignedQRCode": "a\nb"}}, irp.Unavailable),
    "no word":            (200, {"Status": 0, "ErrorDetails": None},                  irp.Unavailable),
    "try again":          (200, refusal("2146", status="0"), irp.Away),
    "a deep one":         (200, b"[" * 100_000,                                       irp.Away),
    "refused":            (400, refusal("2189", "\u202eInvalid"), irp.Refused),
    "duplicate":          (200, refusal("2150", "Duplicate IRN"), irp.Duplicate),
}
# fmt: on


@pytest.mark.parametrize(("status", "body", "error"), ODD.values(), ids=ODD)
def test_odd_answers_are_told_apart(status, body, error, settings):
    with pytest.raises(error) as raised:
        answers(status, body).register("{}")

    assert type(raised.value) is error
    assert "\u202e" not in str(raised.value)


@pytest.mark.parametrize("data", [GOOD, json.dumps(GOOD)])
def test_data_may_come_as_an_object_or_as_its_text(data):
    answer = answers(200, {"Status": "1", "Data": data}).register("{}")

    assert (answer.irn, answer.ack_number, answer.ack_at) == (
        "a" * 64,
        "1",
        irp.moment("2026-11-24 11:31:00"),
    )


@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c", "e30.e30.e30", "é.b.c", "." * 5, "eyJhbGciOiJub25lIn0.e30."]
)
def test_a_token_that_is_none_is_not_genuine(token, box):
    with pytest.raises(signed_qr.NotGenuine):
        signed_qr.read(token, einvoices.trusted_keys())
