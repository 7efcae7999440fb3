"""Payments, the amounts to pay and auto-pay as the API tells them, in paise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import Account
from billing_portal.money import Paise
from billing_portal.text import plain
from invoices.api_answers import address, pdf
from invoices.models import Document
from payments import auto_pay_page, auto_pay_settings, autopay_words, debit_page
from payments.auto_pay_page import Shown
from payments.models import Debit, Payment
from payments.options import Option, Preview
from payments.outcome import WORDS, Outcome, State

LATEST = 20  # debits
LONGEST = 120  # characters of what others wrote


def amounts(
    account: Account, unpaid: Sequence[Document], choices: Sequence[tuple[Option, Preview]], to_clear: Paise
) -> dict[str, Any]:
    """Tell what is due, what brings the balance to zero, and what each offered amount will do."""
    return {
        "account": account.ban,
        "currency": "INR",
        "due": sum(bill.open_amount for bill in unpaid),
        "due_on": unpaid[0].due_on if unpaid else None,
        "minimum_top_up": account.minimum_top_up,
        "amount_to_clear": to_clear,
        "choices": [_choice(option, preview) for option, preview in choices],
    }


def _choice(option: Option, preview: Preview) -> dict[str, Any]:
    return {
        "choice": option.code,
        "label": option.label,
        "amount": option.amount,
        "pays": [
            {"document": one.document.number, "amount": one.amount, "left": one.left}
            for one in preview.shares
        ],
        "recovery_fee": preview.fee,
        "to_balance": preview.advance.taxable,
        "tax": preview.advance.tax,
        "still_due": preview.still_due,
    }


def payment(became: Outcome, ban: str) -> dict[str, Any]:
    """Tell a payment as lists do."""
    row, state = became.payment, became.state
    return {
        "number": row.number,
        "amount": row.amount,
        "currency": "INR",
        "state": str(state),
        "label": WORDS[state][0],
        "reason": became.reason or None,
        "channel": row.channel,
        "method": row.method or None,
        "paid_with": plain(row.paid_with, LONGEST) or None,
        "started_at": row.started_at,
        "received_at": row.settled_at,
        "gateway_order_id": row.gateway_order_id,
        "gateway_payment_id": row.gateway_payment_id,
        "allocation": [
            {"document": one.document.number, "id": one.document.slug, "amount": one.amount, "left": one.left}
            for one in became.shares
        ],
        "to_balance": became.advance.taxable,
        "tax": became.advance.tax,
        "documents": [_document(one, ban) for one in became.documents],
    }


def in_full(became: Outcome, ban: str, *, can_be_paid: bool) -> dict[str, Any]:
    """Tell a payment with what went back of it, and where to go on with one that waits."""
    return {
        "account": ban,
        **payment(became, ban),
        "refunds": [
            {
                "number": one.refund.number,
                "amount": one.refund.amount,
                "state": one.refund.status,
                "label": one.word,
            }
            for one in became.refunds
        ],
        "pay_at": pay_at(became.payment.number, ban) if can_be_paid else None,
    }


def order(row: Payment, state: State, ban: str) -> dict[str, Any]:
    """Tell a payment that was just begun: plain values, for it is kept and told again."""
    return {
        "account": ban,
        "number": row.number,
        "amount": row.amount,
        "currency": "INR",
        "state": str(state),
        "label": WORDS[state][0],
        "started_at": row.started_at.isoformat(),
        "gateway_order_id": row.gateway_order_id,
        "pay_at": pay_at(row.number, ban),
    }


def pay_at(number: str, ban: str) -> str:
    """Return where a member of the account who may pay goes on to the gateway."""
    return address("payment-checkout", ban=ban, number=number)


def _document(one: Document, ban: str) -> dict[str, Any]:
    return {
        "number": one.number,
        "id": one.slug,
        "kind": one.kind,
        "kind_label": one.get_kind_display(),
        "pdf": pdf(one, ban),
    }


def auto_pay(account: Account, *, now: datetime) -> dict[str, Any]:
    """Tell the mandate, its limits, the next debit and the latest ones. Six queries at most."""
    page, limits = auto_pay_page.read(account, now=now), auto_pay_settings.of(account)
    shown = page.current or page.coming or page.last
    rows = Debit.objects.filter(account=account).exclude(state__in=debit_page.COMING)
    rows = rows.select_related("payment").prefetch_related("bills").order_by("-planned_at", "-pk")
    coming = debit_page.coming(account)
    return {
        "account": account.ban,
        "currency": "INR",
        "state": shown.mandate.state if shown else "off",
        "label": shown.word if shown else "Off",
        "mandate": _mandate(shown) if shown else None,
        "coming_mandate": _mandate(page.coming) if page.current and page.coming else None,
        "daily_cap": limits.daily_cap,
        "monthly_cap": limits.monthly_cap,
        "tops_up_when_low": limits.when_low,
        "next_debit": _debit(coming.debit) | {"amount": coming.will_take} if coming else None,
        "debits": [_debit(row) for row in rows[:LATEST]],
    }


def _mandate(shown: Shown) -> dict[str, Any]:
    row = shown.mandate
    return {
        "number": row.number,
        "state": row.state,
        "label": shown.word,
        "method": row.method,
        "method_label": row.get_method_display(),
        "instrument": plain(row.instrument, LONGEST) or None,
        "ceiling": row.ceiling,
        "valid_until": row.valid_until,
        "paused_by": row.paused_by or None,
        "reason": plain(shown.why, LONGEST) or None,
    }


def _debit(row: Debit) -> dict[str, Any]:
    return {
        "number": row.number,
        "purpose": row.purpose,
        "state": row.state,
        "label": row.get_state_display(),
        "reason": plain(autopay_words.why(row.reason), LONGEST) if row.reason else None,
        "amount": row.amount,
        "debit_at": row.debit_at,
        "documents": [bill.number for bill in row.bills.all()],
        "payment": row.payment.number if row.payment else None,
    }
