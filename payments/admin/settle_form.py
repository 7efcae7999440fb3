"""The form that says whose a bank line is, with the tax that a single account deducted, and its preview."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Account
from billing_portal import typed
from billing_portal.money import Paise
from billing_portal.staff_pages import PlainForm, ReasonField, RupeesField
from invoices import settlement
from invoices.models import Document
from payments import bank, bank_lines, options, taxes
from payments.bank import Share
from payments.bank_forms import DeductionFields
from payments.models import BankLine, Claim
from payments.options import Preview
from payments.proposals import Proposal
from payments.taxes import Deduction

SHARES = 5


class SettleForm(DeductionFields, PlainForm):
    """Rows of account and amount; with one account alone, what it deducted."""

    invoices = typed.Line(
        label="Invoices it is of",
        max_length=200,
        required=False,
        help_text="Numbers, with commas. Empty: an advance.",
    )
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        for place in range(1, SHARES + 1):
            words = {"required": place == 1}
            self.fields[f"ban_{place}"] = typed.Line(label=f"Account {place}", max_length=16, **words)
            self.fields[f"amount_{place}"] = RupeesField(label=f"Amount {place}", max_length=24, **words)
        rows = [name for place in range(1, SHARES + 1) for name in (f"ban_{place}", f"amount_{place}")]
        self.order_fields([*rows, *self.base_fields])

    def share_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The pairs of account and amount, each field with its name for who hears it alone."""
        pairs = [(self[f"ban_{place}"], self[f"amount_{place}"]) for place in range(1, SHARES + 1)]
        for field in (field for pair in pairs for field in pair):
            field.field.widget.attrs["aria-label"] = field.label
        return pairs

    def plain_fields(self) -> list[forms.BoundField]:
        """The fields that stand one below another."""
        tabled = {field.name for pair in self.share_rows() for field in pair}
        return [field for field in self.visible_fields() if field.name not in tabled]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        found: list[tuple[Account, Paise]] = []
        for place in range(1, SHARES + 1):
            self._read_row(place, data, found)
        data["rows"] = found
        data["deductions"] = self._deductions(data, found) if found and not self.errors else ()
        return data

    def shares(self, claim_id: int | None = None) -> list[Share]:
        """What is to be settled; a claim is the first account's."""
        words: dict[str, Any] = {"claim_id": claim_id, "deductions": self.cleaned_data["deductions"]}
        return [
            Share(account.pk, amount, **(words if place == 0 else {}))
            for place, (account, amount) in enumerate(self.cleaned_data["rows"])
        ]

    def _read_row(self, place: int, data: dict[str, Any], found: list[tuple[Account, Paise]]) -> None:
        ban, amount = data.get(f"ban_{place}"), data.get(f"amount_{place}")
        if not ban and not amount:
            return
        account = Account.objects.filter(ban=(ban or "").strip().upper()).first()
        if account is None:
            self.add_error(f"ban_{place}", "No account has this number.")
        elif not amount:
            self.add_error(f"amount_{place}", "Say how much is this account's.")
        elif account.pk in [one.pk for one, _amount in found]:
            self.add_error(f"ban_{place}", "Name each account once.")
        else:
            found.append((account, amount))

    def _deductions(self, data: dict[str, Any], found: list[tuple[Account, Paise]]) -> tuple[Deduction, ...]:
        if not self.has_tax():
            return ()
        if len(found) > 1:
            self.add_error("tan", "Tax deducted goes with a single account: settle its part by itself.")
            return ()
        return self.deductions(self._documents(data.get("invoices", ""), found[0][0]))

    def _documents(self, text: str, account: Account) -> tuple[int, ...]:
        numbers = [word.strip().upper() for word in text.split(",") if word.strip()]
        rows = Document.objects.bills().filter(account=account, number__in=numbers)
        if len(rows) < len(set(numbers)):
            self.add_error("invoices", "Not all of these are invoices of this account.")
        return tuple(row.pk for row in rows)


def suggested(row: BankLine, found: list[Proposal]) -> dict[str, Any]:
    """Return what the form begins with: the whole line for whom it is most likely of."""
    return {"ban_1": found[0].account.ban if found else "", "amount_1": row.open_amount}


def claim_of(form: SettleForm, found: list[Proposal]) -> Claim | None:
    """Return what the first account has declared of this line: it is settled with it, its deducted tax too."""
    first = form.cleaned_data["rows"][0][0]
    return next((one.claim for one in found if one.claim and one.account.pk == first.pk), None)


def previews(row: BankLine, form: SettleForm, found: list[Proposal]) -> list[tuple[Account, Preview, Paise]]:
    """Say what each share does, and what of it is deducted tax. Raises NotPossible, NotRight."""
    data = form.cleaned_data
    bank_lines.refuse_taking(row, sum(money for _account, money in data["rows"]))
    claim = claim_of(form, found)
    return [
        preview(row, account, money, claim=claim, deductions=data["deductions"])
        for account, money in data["rows"]
    ]


def preview(
    row: BankLine,
    account: Account,
    money: Paise,
    *,
    claim: Claim | None,
    deductions: Sequence[Deduction] = (),
) -> tuple[Account, Preview, Paise]:
    """Say what an account's share of a line does, and what of it is deducted tax. Raises NotPossible, NotRight."""
    bank.refuse_deleted(account)
    kept = taxes.plan(account, deductions, money=money, on=row.value_on)
    kept += taxes.of_claim(claim) if claim and claim.account_id == account.pk else []
    tax = sum(one.amount for one in kept)
    return account, options.preview(account, money + tax, settlement.unpaid(account), on=row.value_on), tax
