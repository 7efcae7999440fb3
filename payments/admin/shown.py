"""What staff's forms of bank money show before they act: whose account it is, and which bills the money would pay."""

from datetime import date

from accounts.models import Account
from billing_portal.money import Paise, inr
from billing_portal.shown_first import Part
from invoices import settlement
from payments import options


def whose(account: Account) -> Part:
    """Say whose account a number is, so that a mistyped one is seen."""
    lines: list[tuple[str, object]] = [("Account", account.ban), ("Name", account.name)]
    if account.billing_name != account.name:
        lines.append(("Billing name", account.billing_name))
    lines.append(("Service", account.get_wanted_level_display()))
    lines.append(("To pay now", inr(options.due_now(settlement.unpaid(account)))))
    return Part("Whose it is", lines)


def pays(account: Account, amount: Paise, *, on: date, title: str) -> Part:
    """Say what money received on a day would do: the functions that decide when it comes."""
    plan = options.preview(account, amount, settlement.unpaid(account), on=on)
    lines: list[tuple[str, object]] = []
    for share in plan.shares:
        left = f", {inr(share.left)} stays open" if share.left else ""
        lines.append((f"{share.document.number}{left}", inr(share.amount)))
    if plan.fee:
        lines.append(("Recovery fee", inr(plan.fee)))
    if plan.advance.total:
        lines.append((f"Advance, less GST {inr(plan.advance.tax)}", inr(plan.advance.taxable)))
    return Part(title, [*lines, ("Left to pay", inr(plan.still_due))])
