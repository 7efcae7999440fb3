"""Bank money in the demo world: a statement with what banks bring, claims in each state, a cheque, tax deducted."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import Paise, rupees
from invoices.models import Document
from payments import bank, bank_lines, cheques, claims, statements
from payments.cheques import Paper
from payments.claims import Said
from payments.models import BankLine
from payments.taxes import Deduction

HEAD = "Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance\n"
NANDI, TRAVELS, LOTUS, HOME, KAMAL = "BA-100077", "BA-100064", "BA-100042", "BA-100043", "BA-100051"


def tell(accounts: Mapping[str, Account], *, by: User, boss: User, now: datetime) -> None:
    """Let the bank side of the last weeks happen, through the use cases that finance would use."""
    today = clock.business_date(now)
    taxed = _taxed(accounts[NANDI], today, now)
    _declare(accounts[TRAVELS], Said("transfer", _utr(today, 2), 150_000, _ago(today, 1), "Canara Bank"), now)
    _declare(accounts[LOTUS], Said("cheque", "004411", 250_000, _ago(today, 2), "State Bank of India"), now)
    wrong = _declare(
        accounts[HOME], Said("transfer", _utr(today, 9), 99_900, _ago(today, 12), "HDFC Bank"), now
    )
    claims.reject(wrong, reason="No such transfer came to our bank until now.", by=by, now=now)
    draft = statements.upload(_statement(today, taxed), "hdfc-november.csv", _bank(), by=by, now=now)
    statements.take(draft.pk, by=by, now=now)
    if taxed:
        bank.settle_claim(taxed[0], token=_token("nandi"), reason="Found at the bank", by=by, now=now)
    _share_out(accounts, by, now)
    _aside(by, boss, now)
    paper = Paper("004411", "State Bank of India", 250_000, _ago(today, 2), _ago(today, 1))
    row = cheques.receive(
        accounts[LOTUS].pk, paper, token=_token("cheque"), reason="At the desk", by=by, now=now
    )
    cheques.deposit(row.pk, on=today, reason="Given to the bank", by=by, now=now)


def _bank() -> str:
    return bank_lines.banks()[0]


def _taxed(account: Account, today: date, now: datetime) -> tuple[int, Paise] | None:
    """A large customer pays its oldest open bill less 2 % of tax."""
    bill = account.documents.unpaid().filter(kind=Document.Kind.INVOICE).first()
    if bill is None:
        return None
    tax = (bill.taxable * 2 + 50) // 100
    said = Said(
        "transfer", _utr(today, 1), bill.open_amount - tax, _ago(today, 3), "Axis Bank",
        (Deduction("income", "BLRN12345C", 200, "393(1) 6(iii)", (bill.pk,)),),
    )  # fmt: skip
    return _declare(account, said, now), said.amount


def _declare(account: Account, said: Said, now: datetime) -> int:
    user = account.members.order_by("pk").select_related("user")[0].user
    return claims.declare(account.pk, said, token=_token(account.ban), by=user, now=now).pk


def _statement(today: date, taxed: tuple[int, Paise] | None) -> bytes:
    """What the bank's file says; the balance runs."""
    rows: list[tuple[int, str, str, Paise]] = [
        (100, "CASH DEPOSIT-JAYANAGAR BRANCH", "", 120_000),
        (45, "NEFT CR-CNRB0000123-SUNRISE LOGISTICS-NO REF", _utr(today, 5), 480_000),
        (12, "IMPS-632501234567-RAGHAV STORES-PAYMENT", "632501234567", 75_000),
        (6, "RTGS CR-UTIB0000045-GROUP TREASURY-SALARY FLOAT", _utr(today, 6), 9_000_000),
        (4, "NEFT CR-KKBK0000811-DECCAN HOLDINGS-TWO ACCOUNTS", _utr(today, 4), 400_000),
        (3, "ACH D-GST LATE FEE", "", -50_000),
        (1, "NEFT CR-CNRB0000123-RIVER TRAVELS-BA100064", _utr(today, 2), 150_000),
        (0, f"UPI-HOME-{HOME}-home@okaxis-632599988877", "632599988877", 50_000),
    ]
    if taxed:
        rows.append((3, "NEFT CR-UTIB0000045-NANDI EXPORTS-LESS TDS", _utr(today, 1), taxed[1]))
    lines, balance = [HEAD], 25_000_000
    for days, narration, reference, amount in sorted(rows, key=lambda row: -row[0]):
        balance += amount
        day = _ago(today, days).strftime("%d/%m/%y")
        out, came = (rupees(-amount), "") if amount < 0 else ("", rupees(amount))
        lines.append(f"{day},{narration},{reference},{day},{out},{came},{rupees(balance)}\n")
    return "".join(lines).encode()


def _share_out(accounts: Mapping[str, Account], by: User, now: datetime) -> None:
    """One transfer for two accounts; a part of it is nobody's yet."""
    line = BankLine.objects.get(utr=_utr(clock.business_date(now), 4))
    shares = [bank.Share(accounts[LOTUS].pk, 150_000), bank.Share(accounts[KAMAL].pk, 100_000)]
    bank.settle(
        line.pk, shares, token=_token("shared"), reason="Their mail names both accounts", by=by, now=now
    )
    bank.to_suspense(line.pk, reason="They look up what the rest is for", by=by, now=now)
    cash = BankLine.objects.get(narration__startswith="CASH DEPOSIT")
    bank.to_suspense(cash.pk, reason="The branch does not know the depositor", by=by, now=now)


def _aside(by: User, boss: User, now: datetime) -> None:
    line = BankLine.objects.get(utr=_utr(clock.business_date(now), 6))
    bank.ask_aside(line.pk, reason="Own money for salaries", by=by, now=now)
    bank.put_aside(line.pk, agree=True, reason="Yes, the group's", by=boss, now=now)
    fee = BankLine.objects.get(direction=BankLine.Direction.OUT)
    bank.ask_aside(fee.pk, reason="The operator's own tax", by=by, now=now)


def _utr(today: date, number: int) -> str:
    return f"CNRBN5{today:%y%m%d}{number:04}"


def _token(words: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"demo-bank:{words}")


def _ago(today: date, days: int) -> date:
    return today - timedelta(days=days)
