"""Bank money through the staff's pages: statements, lines, claims, cheques, certificates; who may do what."""

import io
import uuid

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AuditEvent
from billing_portal import books
from payments import claims
from payments import statements as imports
from payments.claims import Said
from payments.models import BankImport, BankLine, Cheque, Claim, Payment, TaxDeducted, VirtualAccount
from payments.taxes import Deduction
from tests import build
from tests.payments.test_bank import UTR, line_of
from tests.statements import HDFC, transfers

pytestmark = pytest.mark.django_db
NOW, TODAY = build.NOW, build.NOW.date()
ROLES = {"support": False, "finance": True, "manager": True, "auditor": False, "admin": True}
UNKNOWN = "Posted,Text,Amt,Kind\n23/11/2026,NEFT,500.00,CR\n24/11/2026,FEE,5.00,DR\n"


def page(name, *args):
    return reverse(f"admin:payments_{name}", args=args)


def upload(client, content, name="nov.csv"):
    file = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
    return client.post(page("statement_upload"), {"bank": "000111222333", "file": file})


def declare(account, *deductions, rupees="1180.00"):
    said = Said("transfer", UTR, build.paise(rupees), TODAY, deductions=deductions)
    return claims.declare(account.pk, said, token=uuid.uuid4(), by=build.owner(account), now=NOW)


def text(answer):
    return answer.content.decode()


@pytest.mark.parametrize(("role", "may"), ROLES.items())
def test_who_may_open_what(role, may, staff, account, gateway):
    client, line = staff(role), line_of("100.00")
    draft = imports.upload(
        transfers((UTR, "5.00")), "draft.csv", "000111222333", by=build.user(staff=True), now=NOW
    )
    claim = declare(build.account())
    lists = ("bankline", "claim", "cheque", "taxdeducted", "virtualaccount")
    assert {client.get(page(f"{name}_changelist")).status_code for name in lists} == {200}
    statements = [
        page("bankimport_changelist"),
        page("bankimport_change", draft.pk),
        page("statementformat_changelist"),
    ]
    assert {client.get(url).status_code for url in statements} == {403 if role == "support" else 200}
    acts = [
        page("statement_upload"), page("statement_take", draft.pk), page("bank_enter"), page("bank_settle", line.pk),
        page("bank_suspense", line.pk), page("bank_aside", line.pk), page("claim_reject", claim.pk),
        page("cheque_receive"), page("virtualaccount_make"),
    ]  # fmt: skip

    assert {client.get(url).status_code for url in acts} == {200 if may else 403}
    sure = [page("bank_exact", line.pk), page("claim_settle", claim.pk)]  # nothing is, so they lead back
    assert {client.get(url).status_code for url in sure} == {302 if may else 403}
    assert {client.post(url, {"reason": "x"}).status_code for url in sure} == {302 if may else 403}


def test_a_statement_is_looked_at_then_taken_in(staff):
    client = staff("finance")

    answer = upload(client, HDFC)

    draft = BankImport.objects.get()
    assert answer.url == page("statement_take", draft.pk) and not BankLine.objects.exists()
    shown = text(client.get(answer.url))
    assert "Take in 4 lines" in shown and "LOTUS DIAGNOSTICS" in shown and not BankLine.objects.exists()
    done = client.post(answer.url, follow=True)
    assert "4 new lines, 0 confirmed, 0 there already, 0 refused" in text(done)
    client.post(answer.url)
    assert BankLine.objects.count() == 4 and not books.look(now=NOW).findings
    again = upload(client, HDFC.replace("11,800.00", "11,800.00 ", 1))
    assert "there already, row 5 of nov.csv" in text(client.get(again.url))


def test_an_unknown_layout_is_mapped_once(staff):
    client = staff("finance")
    answer = upload(client, UNKNOWN)
    draft = BankImport.objects.get()
    assert answer.url == page("statement_map", draft.pk) and "Posted" in text(client.get(answer.url))
    wrong = client.post(answer.url, {"name": "Coop", "is_date": "0", "is_narration": "1"})
    assert wrong.status_code == 422 and "Say which column is the deposit" in text(wrong)

    client.post(
        answer.url, {"name": "Coop", "is_date": "0", "is_narration": "1", "is_amount": "2", "is_sign": "3"}
    )

    client.post(page("statement_take", draft.pk))
    assert list(BankLine.objects.order_by("pk").values_list("direction", "amount")) == [
        ("in", 50_000),
        ("out", 500),
    ]
    assert upload(client, UNKNOWN + "24/11/2026,NEFT,7.00,CR\n").url.endswith("/take/")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04", "spreadsheet"),
        (b"hello\n", "looks like the header"),
        (b"", "empty"),
        (HDFC + '"a\n', "quote"),
    ],
)
def test_a_file_that_is_none_names_its_reason(content, why, staff):
    answer = upload(staff("finance"), content)

    assert answer.status_code == 422 and why in str(answer.context["form"].errors["file"])
    assert not BankImport.objects.exists()


def test_what_is_exact_is_settled_from_a_page_that_shows_what_it_does(staff, account):
    claim = declare(account)
    line = line_of("1180.00")
    client = staff("finance")
    assert f"Settle with {account.ban}: exact" in text(client.get(page("bankline_change", line.pk)))
    assert "declared its UTR" in text(client.get(page("bankline_changelist")))

    shown = text(client.get(page("bank_exact", line.pk)))
    assert "₹1,180.00" in shown and "less GST" in shown and "Declared its UTR." in shown
    assert "Whose it is" not in shown
    assert client.post(page("bank_exact", line.pk), {"reason": ""}).status_code == 422
    assert f'name="for" value="{account.pk}"' in shown
    client.post(
        page("bank_exact", line.pk), {"reason": "x", "for": build.account().pk}
    )  # it was another's then
    assert not Payment.objects.exists()

    for _twice in range(2):
        client.post(page("bank_exact", line.pk), {"reason": "Declared its UTR.", "for": account.pk})

    claim.refresh_from_db()
    assert claim.state == "settled" and Payment.objects.count() == 1
    assert AuditEvent.objects.get(action="payments.bank.settle").reason == "Declared its UTR."


def test_nothing_is_one_click_where_two_declared_it(staff, account):
    claim = declare(account)
    declare(build.account())
    line = line_of("1180.00")
    client = staff("finance")

    assert "exact" not in text(client.get(page("bankline_change", line.pk)))
    client.post(page("bank_exact", line.pk), {"reason": "x"})
    client.post(page("claim_settle", claim.pk), {"reason": "x"})

    assert not Payment.objects.exists()


def test_a_line_is_shared_out_with_a_preview(staff, account):
    other, invoice = build.account(), build.charge(account, 500)
    line = line_of("1000.00")
    client, url = staff("finance"), page("bank_settle", line.pk)
    form = {
        "ban_1": account.ban, "amount_1": "590", "ban_2": other.ban, "amount_2": "300", "reason": "Their mail",
        "token": str(uuid.uuid4()),
    }  # fmt: skip

    shown = client.post(url, form)

    assert invoice.number in text(shown) and not Payment.objects.exists()
    assert client.post(url, form | {"confirm": "yes"}).status_code == 302
    client.post(url, form | {"confirm": "yes"})
    line.refresh_from_db()
    assert Payment.objects.count() == 2 and (line.state, line.open_amount) == ("part", 11_000)
    client.post(page("bank_suspense", line.pk), {"reason": "Rest unknown"})
    assert str(line.pk) in text(client.get(page("bankline_changelist") + "?age=0-7"))
    assert "Nothing here fits" in text(client.get(page("bankline_changelist") + "?age=8-30"))


def test_the_preview_counts_the_tax_that_was_declared_with_the_claim(staff, account):
    invoice = build.charge(account, 1000)
    declare(account, Deduction("income", "BLRA12345B", 200, documents=(invoice.pk,)), rupees="1160.00")
    declare(build.account(), rupees="1160.00")
    line, client = line_of("1160.00"), staff("finance")
    form = {"ban_1": account.ban, "amount_1": "1160", "reason": "Theirs", "token": str(uuid.uuid4())}

    shown = text(client.post(page("bank_settle", line.pk), form))

    assert "Of it tax deducted" in shown and "₹20.00" in shown and "₹1,180.00" in shown
    client.post(page("bank_settle", line.pk), form | {"confirm": "yes"})
    assert Payment.objects.get().amount == 118_000


def test_a_file_that_was_taken_in_leads_to_what_became_of_it(staff):
    client = staff("finance")
    upload(client, UNKNOWN.replace("Posted,Text,Amt,Kind", "Date,Narration,Amount,Type"))
    draft = BankImport.objects.get()
    client.post(page("statement_take", draft.pk))

    for act in ("take", "map", "drop"):
        assert client.get(page(f"statement_{act}", draft.pk)).url == page("bankimport_change", draft.pk)
        assert client.post(page(f"statement_{act}", draft.pk)).url == page("bankimport_change", draft.pk)
    draft.refresh_from_db()
    assert (draft.state, BankLine.objects.count()) == ("taken", 2)


def test_tax_deducted_is_split_off_at_settlement(staff, account):
    invoice, line = build.charge(account, 10_000), line_of("11600.00")
    form = {
        "ban_1": account.ban, "amount_1": "11600", "tan": "BLRA12345B", "rate": "200", "invoices": invoice.number,
        "reason": "x", "token": str(uuid.uuid4()), "confirm": "yes",
    }  # fmt: skip

    staff("finance").post(page("bank_settle", line.pk), form)

    invoice.refresh_from_db()
    assert (invoice.open_amount, TaxDeducted.objects.get().amount) == (0, 20_000)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"ban_1": "BA-999999"}, "ban_1"),
        ({"amount_1": ""}, "amount_1"),
        ({"amount_1": "x"}, "amount_1"),
        ({"ban_2": "BA-999999"}, "ban_2"),
        ({"amount_1": "9,999"}, "__all__"),
        ({"tan": "x"}, "__all__"),
        ({"rate": "200", "tan": "BLRA12345B", "invoices": "VI/2627/999999"}, "invoices"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_settlement_names_what_is_wrong(words, field, staff, account):
    line = line_of("1000.00")
    form = {
        "ban_1": account.ban,
        "amount_1": "1000",
        "reason": "x",
        "token": str(uuid.uuid4()),
        "confirm": "y",
    }

    answer = staff("finance").post(page("bank_settle", line.pk), form | words)

    assert answer.status_code == 422 and field in answer.context["form"].errors
    assert not Payment.objects.exists()


def test_a_line_is_put_aside_by_two_people(staff):
    line, first, second = line_of("100.00"), staff("finance"), staff("manager")
    first.post(page("bank_aside", line.pk), {"reason": "Interest"})
    mine = first.post(page("bank_decide", line.pk), {"reason": "x", "agree": "yes"})
    assert mine.status_code == 422 and "second person" in text(mine)

    second.post(page("bank_decide", line.pk), {"reason": "Right", "agree": "yes"})

    line.refresh_from_db()
    assert line.state == "ignored" and not books.look(now=NOW).findings


def test_a_receipt_is_entered_and_confirmed_by_the_statement(staff):
    client, token = staff("finance"), str(uuid.uuid4())
    form = {
        "bank": "000111222333", "reference": UTR, "amount": "500", "value_on": "2026-11-23", "reason": "By telephone",
        "token": token,
    }  # fmt: skip
    for _twice in range(2):
        client.post(page("bank_enter"), form)
    again = client.post(page("bank_enter"), form | {"token": str(uuid.uuid4())})
    assert again.status_code == 422 and "there already" in text(again)
    odd = client.post(page("bank_enter"), form | {"reference": "?", "token": str(uuid.uuid4())})
    assert odd.status_code == 422 and "A UTR has" in text(odd)

    done = client.post(upload(client, transfers((UTR, "500.00"))).url, follow=True)

    assert "0 new lines, 1 confirmed" in text(done) and BankLine.objects.count() == 1


def test_a_claim_is_rejected_with_a_reason(staff, account):
    claim = declare(account)
    client = staff("finance")
    assert client.post(page("claim_reject", claim.pk), {"reason": ""}).status_code == 422

    client.post(page("claim_reject", claim.pk), {"reason": "Not at our bank"})

    claim.refresh_from_db()
    assert (claim.state, claim.reason) == ("rejected", "Not at our bank")


def test_a_claim_that_the_bank_shows_is_settled_from_its_page(staff, account):
    claim = declare(account)
    line_of("1180.00")

    client = staff("finance")
    assert "₹1,180.00" in text(client.get(page("claim_settle", claim.pk)))

    client.post(page("claim_settle", claim.pk), {"reason": "Found"})

    assert Claim.objects.get().state == "settled"


def test_a_cheque_goes_its_way(staff, account):
    client = staff("finance")
    form = {
        "ban": account.ban, "number": "4321", "bank": "Canara", "amount": "500", "dated_on": "2026-11-20",
        "received_on": "2026-11-22", "reason": "At the desk", "token": str(uuid.uuid4()),
    }  # fmt: skip
    assert client.post(page("cheque_receive"), form | {"ban": "BA-1"}).status_code == 422
    bill = build.charge(account, 200)
    shown = text(client.post(page("cheque_receive"), form))
    assert f"<dd>{account.name}</dd>" in shown and bill.number in shown
    assert not Cheque.objects.exists()
    client.post(page("cheque_receive"), form | {"confirm": "1"})
    row = Cheque.objects.get()
    for act in ("deposit", "clear"):
        assert client.get(page(f"cheque_{act}", row.pk)).status_code == 200
        client.post(page(f"cheque_{act}", row.pk), {"on": "2026-11-24", "reason": "x", "confirm": "1"})
    row.refresh_from_db()
    assert row.state == "cleared" and row.payment
    bounce = {"on": "2026-11-24", "reason": "x", "why": "Funds insufficient", "charge": "500"}

    shown = text(client.post(page("cheque_bounce", row.pk), bounce))
    assert "What a yes changes" in shown and Cheque.objects.get().state == "cleared"
    client.post(page("cheque_bounce", row.pk), bounce | {"confirm": "1"})

    row.refresh_from_db()
    assert (row.state, row.charge) == ("bounced", 50_000) and not books.look(now=NOW).findings
    assert "The charge came in" in text(client.get(page("cheque_change", row.pk)))
    line = line_of("500.00")
    client.post(page("cheque_charge", row.pk), {"line_id": line.pk, "reason": "x"})
    assert not books.look(now=NOW).findings


def test_a_certificate_is_taken_in(staff, account, settings, tmp_path):
    storage = settings.STORAGES["documents"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": storage}
    invoice = build.charge(account, 10_000)
    declare(account, Deduction("income", "BLRA12345B", 200, "", (invoice.pk,)), rupees="11600.00")
    line = line_of("11600.00")
    client = staff("finance")
    client.post(page("bank_exact", line.pk), {"reason": "x"})
    tax = TaxDeducted.objects.get()
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.save(out)
    form = {"rows": [tax.pk], "number": "A131/7", "on": "2026-11-24", "reason": "By mail"}
    bad = client.post(page("tax_certify", tax.pk), form | {"file": SimpleUploadedFile("x.pdf", b"GIF89a")})
    assert bad.status_code == 422 and "not a PDF" in text(bad)

    client.post(page("tax_certify", tax.pk), form | {"file": SimpleUploadedFile("x.pdf", out.getvalue())})

    tax.refresh_from_db()
    assert (tax.state, tax.certificate) == ("certified", "A131/7")
    file = client.get(page("tax_file", tax.pk))
    assert b"".join(file.streaming_content) == out.getvalue()
    assert staff("customer").get(page("tax_file", tax.pk)).status_code == 302


def test_staff_make_a_virtual_account(staff, account, gateway):
    client = staff("finance")

    form = {"ban": account.ban, "reason": "Asked by telephone"}
    assert f"<dd>{account.name}</dd>" in text(client.post(page("virtualaccount_make"), form))
    assert not VirtualAccount.objects.exists()
    for _twice in range(2):
        client.post(page("virtualaccount_make"), form | {"confirm": "1"})

    assert VirtualAccount.objects.get().state == "active"
    gateway.fails = ["account", "find-account"]
    failed = client.post(
        page("virtualaccount_make"), {"ban": build.account().ban, "reason": "x", "confirm": "1"}
    )
    assert failed.status_code == 422 and "time-out" in text(failed)


@pytest.mark.parametrize("name", ["=cmd|x", "<script>alert(1)</script>", "a\u202eb"])
def test_hostile_words_of_a_bank_stay_words(name, staff):
    line_of("100.00")
    BankLine.objects.update(narration=name, payer=name)
    client = staff("finance")

    shown = text(client.get(page("bankline_changelist")))
    assert "<script>alert" not in shown
    rows = {"action": "export_csv", "_selected_action": [BankLine.objects.get().pk]}
    sheet = client.post(page("bankline_changelist"), rows).getvalue().decode()
    assert "\n=cmd" not in sheet and ",=cmd" not in sheet and "\u202e" not in sheet
