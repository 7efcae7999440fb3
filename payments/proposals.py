"""Whose a bank line may be: by its UTR, an account or advice number in its text, its payer, its amount. Only proposes.

A proposal is exact when number and amount agree and nobody else claims it: then a page with one button settles it. A
constant number of queries for any number of lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q, Sum

from accounts.levels import Level
from accounts.models import Account
from billing_portal.money import Paise, inr
from invoices.models import Document
from payments import utr
from payments.models import BankLine, BankUse, Claim

PER_LINE = 4
SHORT = 8  # letters of a payer's name that say little
BY_NAME = 20  # lines of a page that are looked up by name or amount


@dataclass(frozen=True)
class Proposal:
    """One account that a line may belong to, with why; `claim` is what it declared."""

    account: Account
    why: str
    is_exact: bool = False
    claim: Claim | None = None


def of(lines: Iterable[BankLine]) -> dict[int, list[Proposal]]:
    """Return proposals for open lines, the surest first, by the line's key."""
    asked = [line for line in lines if line.direction == BankLine.Direction.IN and line.open_amount]
    found: dict[int, list[Proposal]] = {line.pk: [] for line in asked}
    for finder in (_claims, _numbers):
        _add(found, finder(asked))
    found = {pk: _unless_claimed(listed) for pk, listed in found.items()}
    rest = [line for line in asked if not found[line.pk]][:BY_NAME]
    if rest:
        for finder in (_payers, _names, _amounts):
            _add(found, finder(rest))
    return found


def exact(line: BankLine) -> Proposal | None:
    """Return the one proposal that may be settled without the form: exact, and the only exact one."""
    if line.open_amount < line.amount or line.direction != BankLine.Direction.IN or line.aside_asked_by_id:
        return None
    sure = [one for one in of([line])[line.pk] if one.is_exact]
    return sure[0] if len(sure) == 1 else None


def _unless_claimed(listed: Sequence[Proposal]) -> list[Proposal]:
    """What another account has declared is exact for nobody else, whatever the bank's text names."""
    claimants = {one.account.pk for one in listed if one.claim}
    return [replace(one, is_exact=one.is_exact and claimants <= {one.account.pk}) for one in listed]


def _add(found: dict[int, list[Proposal]], more: Iterable[tuple[BankLine, Proposal]]) -> None:
    for line, proposal in more:
        listed = found[line.pk]
        known = any(one.account.pk == proposal.account.pk for one in listed)
        if not known and len(listed) < PER_LINE and proposal.account.wanted_level != Level.DELETED:
            listed.append(proposal)


def _claims(lines: Sequence[BankLine]) -> Iterable[tuple[BankLine, Proposal]]:
    """Claims of the same UTR, or of the same cheque."""
    utrs = [line.utr for line in lines if line.utr]
    cheques = [line.cheque_number for line in lines if line.cheque_number]
    named = Q(utr__in=utrs) | Q(cheque_number__in=cheques, kind=Claim.Kind.CHEQUE)
    claims = list(Claim.objects.waiting().filter(named).select_related("account").order_by("declared_at"))
    for line in lines:
        mine = [one for one in claims if _is_of(one, line)]
        for one in mine:
            agrees = one.amount == line.amount
            why = "declared its UTR" if one.utr else "declared its cheque"
            if not agrees:
                why += f", with another amount: {inr(one.amount)}"
            if len(mine) > 1:
                why += "; others declared it too"
            yield line, Proposal(one.account, why, agrees and len(mine) == 1 and bool(one.utr), one)


def _is_of(claim: Claim, line: BankLine) -> bool:
    if claim.utr:
        return claim.utr == line.utr
    return bool(line.cheque_number) and claim.cheque_number == line.cheque_number


def _numbers(lines: Sequence[BankLine]) -> Iterable[tuple[BankLine, Proposal]]:
    """An account's number in the text, or that of a payment advice."""
    bans = {line.pk: utr.ban_of(line.narration) for line in lines}
    advices = {line.pk: utr.advice_of(line.narration) for line in lines}
    accounts = Account.objects.filter(ban__in=filter(None, bans.values())).annotate(
        due=Sum("documents__open_amount", default=0)
    )
    by_ban = {one.ban: one for one in accounts}
    documents = Document.objects.filter(
        number__in=filter(None, advices.values()), kind=Document.Kind.PAYMENT_ADVICE
    )
    by_advice = {one.number: one for one in documents.select_related("account")}
    for line in lines:
        if advice := by_advice.get(advices[line.pk]):
            agrees = advice.total == line.amount
            why = f"names its advice {advice.number}" + ("" if agrees else f" over {inr(advice.total)}")
            yield line, Proposal(advice.account, why, agrees)
        if account := by_ban.get(bans[line.pk]):
            due: Paise = account.due
            is_due = due == line.amount
            yield line, Proposal(account, f"names {account.ban}, {inr(due)} is due", is_due)


def _payers(lines: Sequence[BankLine]) -> Iterable[tuple[BankLine, Proposal]]:
    """Accounts to which money of the same payer went before."""
    names = {line.payer for line in lines if line.payer}
    uses = BankUse.objects.filter(line__payer__in=names, payment__isnull=False)
    rows = uses.select_related("line", "payment__account").order_by("-used_at")[:200]
    before: dict[str, list[Account]] = {}
    for row in rows:
        assert row.payment is not None
        before.setdefault(row.line.payer, []).append(row.payment.account)
    for line in lines:
        for account in before.get(line.payer, []):
            yield line, Proposal(account, "the same payer's money went here before")


def _names(lines: Sequence[BankLine]) -> Iterable[tuple[BankLine, Proposal]]:
    """Accounts whose billing name begins as the payer's does; banks cut names."""
    named = {line.pk: line.payer[:20] for line in lines if len(line.payer) >= SHORT}
    if not named:
        return
    wanted = Q(pk__in=[])
    for name in set(named.values()):
        wanted |= Q(billing_name__istartswith=name)
    accounts = list(Account.objects.filter(wanted).order_by("pk")[:100])
    for line in lines:
        for account in accounts:
            if line.pk in named and account.billing_name.upper().startswith(named[line.pk]):
                yield line, Proposal(account, f"is billed as {account.billing_name}")


def _amounts(lines: Sequence[BankLine]) -> Iterable[tuple[BankLine, Proposal]]:
    """Accounts that owe just this amount."""
    amounts = {line.amount for line in lines}
    owing = Document.objects.unpaid().order_by().values("account").annotate(due=Sum("open_amount"))
    due = {row["account"]: row["due"] for row in owing.filter(due__in=amounts)[:200]}
    accounts = Account.objects.in_bulk(list(due))
    for line in lines:
        for pk, amount in due.items():
            if amount == line.amount and pk in accounts:
                yield line, Proposal(accounts[pk], f"owes just {inr(amount)}")
