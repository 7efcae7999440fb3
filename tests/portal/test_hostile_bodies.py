"""Bodies that are too large, too deep or no bodies at all: a clear 4xx, nothing half done, memory bounded."""

import gzip
import json
import tracemalloc

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import api_keys
from accounts.models import Conversation, SmsReport
from invoices.models import UsageRecord
from payments.models import BankImport, WebhookEvent
from tests import build, fake_sms, fakes

pytestmark = pytest.mark.django_db
USAGE = "/api/v1/usage-events/"
RECORD = '{"id": "a", "account": "BA-100001"}'


@pytest.fixture
def key(db):
    return api_keys.issue("Platform", ["telephony"], actor=None, reason="test", now=build.NOW).token


def send(key, body, **headers):
    words = {"authorization": f"Bearer {key}"} | headers
    return Client().post(USAGE, body, content_type="application/json", headers=words)


# fmt: off
BODIES = {  # what is sent                                       status, what is said
    "lists, 10,000 deep":       ("[" * 10_000 + "]" * 10_000,          400, "nested too deeply"),
    "lists, never closed":      ("[" * 1_000_000,                      400, ""),
    "objects, 10,000 deep":     ('{"records":' * 10_000 + "}" * 10_000, 400, ""),
    "10,001 records":           (f"[{','.join([RECORD] * 10_001)}]",   413, "10000 records"),
    "over 8 MB":                (" " * 8_000_001,                      413, "8,000,000 bytes"),
    "1,000,001 characters":     (json.dumps({"records": "x" * 1_000_001}), 400, "records"),
    "no UTF-8":                 (b"\xff\xfe[]",                        400, "not JSON"),
    "UTF-16":                   ("[]".encode("utf-16"),                400, "not JSON"),
    "a gzip bomb":              (gzip.compress(b"[" + b" " * 50_000_000 + b"]"), 400, "not JSON"),
    "NaN":                      ("[NaN]",                              400, "NaN"),
    "a number of 5,000 digits": ("[" + "9" * 5_000 + "]",              400, "not JSON"),
    "nothing":                  ("",                                   400, "records"),
    "an object":                ('{"rows": []}',                       400, "records"),
}
# fmt: on


@pytest.mark.parametrize(("body", "status", "said"), BODIES.values(), ids=BODIES.keys())
def test_a_body_of_the_api_is_refused_with_its_reason(body, status, said, key):
    response = send(key, body)

    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")
    assert said in response.json()["detail"]
    assert not UsageRecord.objects.exists()


def test_what_says_that_it_is_packed_is_not_unpacked(key):
    packed = gzip.compress(b"[" + b" " * 50_000_000 + b"]")
    tracemalloc.start()
    response = send(key, packed, content_encoding="gzip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert response.status_code == 400
    assert peak < 10_000_000


@pytest.mark.parametrize("url", [USAGE, "/gateway/webhook", "/hooks/sms", "/auth/login/", "/admin/login/"])
def test_a_body_of_100_mb_is_refused_unread(url):
    response = Client().post(url, b"x", content_type="application/json", CONTENT_LENGTH="100000000")

    assert response.status_code == 413
    assert ("problem+json" in response["Content-Type"]) == url.startswith("/api/")


@pytest.mark.parametrize("length", ["x", "-1", "1" * 40, "१"])
def test_a_length_that_is_none_is_refused(length):
    assert (
        Client().post("/hooks/sms", b"x", content_type="text/plain", CONTENT_LENGTH=length).status_code == 413
    )


@pytest.mark.parametrize("body", ["[" * 900_000, '{"event":' * 50_000, b"\xff\xfe", b"\0", "9" * 5_000])
def test_a_signed_call_of_the_gateway_that_is_no_event_is_refused(body, settings):
    raw = body if isinstance(body, bytes) else body.encode()
    headers = {"x-razorpay-signature": fakes.sign(raw)}

    response = Client().post("/gateway/webhook", raw, content_type="application/json", headers=headers)

    assert response.status_code == 400
    assert not WebhookEvent.objects.exists()


def test_a_call_of_the_gateway_beyond_a_megabyte_is_refused():
    assert (
        Client().post("/gateway/webhook", b" " * 1_000_001, content_type="application/json").status_code
        == 400
    )


def test_a_deep_delivery_report_is_refused():
    raw = b'{"at":' * 2_000
    response = Client().post(
        "/hooks/sms", raw, content_type="application/json", headers={"x-sms-signature": fake_sms.sign(raw)}
    )

    assert response.status_code == 400
    assert not SmsReport.objects.exists()


# --- forms ---------------------------------------------------------------------------------------------
def test_a_form_of_thousands_of_fields_is_refused(client, account):
    data = {f"field{n}": "1" for n in range(5_000)} | {"subject": "A", "text": "B", "category": "general"}

    response = Client(raise_request_exception=False, headers={"cookie": ""}).post("/auth/login/", data)
    mine = client.post(reverse("support-new", kwargs={"ban": account.ban}), data)

    assert (response.status_code, mine.status_code) == (400, 400)
    assert not Conversation.objects.exists()


def test_deep_keys_of_a_form_are_keys_like_others(client, account):
    data = {"text" + "[a]" * 10_000: "x", "subject" + "." * 10_000: "y"}

    assert client.post(reverse("support-new", kwargs={"ban": account.ban}), data).status_code in (400, 422)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=", "multipart/form-data; boundary=\xff", "text/xml", "x"]
)
def test_a_form_of_another_kind_is_no_form(kind, client, account):
    response = client.post(
        reverse("support-new", kwargs={"ban": account.ban}), b"--x\r\n\r\n\0\xff", content_type=kind
    )

    assert response.status_code in (400, 422)


# --- files ---------------------------------------------------------------------------------------------
HEAD = "Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance\n"
ROW = "24/11/26,NEFT A,UTR1,24/11/26,,100.00,100.00\n"
# fmt: off
FILES = {
    "nothing":              (b"",                                              "empty"),
    "random bytes":         (bytes(range(256)) * 40,                           "header"),
    "a spreadsheet":        (b"PK\x03\x04" + b"\0" * 100,                      "Save the statement as CSV"),
    "a PDF":                (b"%PDF-1.7\n",                                    "Save the statement as CSV"),
    "one line of 1 MB":     (HEAD.encode() + b"x" * 1_000_000,                 "longer than 20,000 characters"),
    "one cell of 1 MB":     (HEAD.encode() + b'"' + b"x" * 1_000_000 + b'"',   "longer than 20,000 characters"),
    "2,000 columns":        (HEAD.encode() + b"," * 1_999,                     "2,000 columns"),
    "2,000 in the header":  (",".join(f"c{n}" for n in range(2_000)).encode(), "2,000 columns"),
    "a quote left open":    (HEAD.encode() + b'"a\n' + ROW.encode() * 50,      "quote"),
    "100,001 rows":         (HEAD.encode() + b"a,b\n" * 100_001,               "100000 rows"),
    "over 10 MB":           (HEAD.encode() + b" " * 10_000_000,                "10 MB"),
}
# fmt: on


@pytest.fixture
def finance(browse):
    return browse(build.user("Finance", staff=True, superuser=True))


def upload(client, content, name="statement.csv"):
    page = client.get(reverse("admin:payments_statement_upload"))
    bank = page.context["form"].fields["bank"].choices[0][0]
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("admin:payments_statement_upload"), {"bank": bank, "file": file})


@pytest.mark.parametrize(("content", "said"), FILES.values(), ids=FILES.keys())
def test_a_file_that_is_no_statement_is_refused_with_its_reason(content, said, finance):
    page = upload(finance, content)

    assert said in str(page.context["form"].errors["file"])
    assert not BankImport.objects.exists()


@pytest.mark.parametrize(
    "name", ["a\r\nb.csv", "a\u202evsc.exe", "../../etc/passwd", "x" * 5_000 + ".csv", "<b>.csv"]
)
def test_a_file_is_called_what_people_can_see(name, finance):
    upload(finance, (HEAD + ROW).encode(), name)

    kept = BankImport.objects.get().file_name if BankImport.objects.exists() else ""
    assert len(kept) <= 120
    assert not set(kept) & set("\r\n\u202e/")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_a_statement_in_another_encoding_is_read(encoding, finance):
    upload(finance, (HEAD + ROW.replace("NEFT A", "NEFT Café")).encode(encoding))

    made = BankImport.objects.get()
    assert made.format == "HDFC Bank"


def test_what_nobody_sees_of_a_row_is_not_kept():
    from payments import statement_cells

    found = statement_cells.table((HEAD + ROW.replace("NEFT A", "NE\u202eFT\x07\0 A")).encode())

    assert found.rows[0][1][1] == "NEFT A"
