"""Erase what payments keeps of the people who paid for a deleted account.

Masked instruments, the gateway's calls, what the bank's lines say of the payer. The statement's own file stays: it is
evidence, of many customers at once. A call that is still to be handled keeps its body, for a week at most: then, or as
soon as it is handled or parked, the body goes and the call counts as handled. So a call that comes late, or fails late,
is erased by the daily look (`late_calls`).
"""

from datetime import datetime, timedelta

from django.db import connection

from accounts.models import Account
from payments.models import BankLine, Claim, Mandate, ParkedReport, Payment

ERASED = "erased"
WAITS = timedelta(days=7)  # that a call may still be handled
LOOKS = timedelta(days=30)  # that late calls are looked for after they came
CALLS = """
    update payments_webhookevent set body = ''::bytea, handled_at = coalesce(handled_at, %(now)s),
        parked_at = null, error = case when handled_at is null then 'erased' else '' end
    where body <> ''::bytea and (handled_at is not null or parked_at is not null or received_at < %(old)s) and exists (
        select 1 from (
            select gateway_order_id from payments_payment where account_id = %(account)s
            union all select gateway_payment_id from payments_payment where account_id = %(account)s
            union all select gateway_order_id from payments_mandate where account_id = %(account)s
            union all select gateway_token_id from payments_mandate where account_id = %(account)s
        ) as known(id) where position(convert_to(known.id, 'UTF8') in body) > 0
    )
"""
LATE = """
    update payments_webhookevent set body = ''::bytea, handled_at = coalesce(handled_at, %(now)s),
        parked_at = null, error = case when handled_at is null then 'erased' else '' end
    where id in (
        select e.id from payments_webhookevent e
        cross join lateral regexp_matches(encode(e.body, 'escape'), '[A-Za-z]+_[A-Za-z0-9]+', 'g') named
        cross join lateral (
            select account_id from payments_payment
            where gateway_payment_id = named[1] or gateway_order_id = named[1]
            union all
            select account_id from payments_mandate where gateway_token_id = named[1] or gateway_order_id = named[1]
        ) as owner
        join accounts_account a on a.id = owner.account_id and a.wanted_level = 'deleted'
        where e.received_at > %(since)s and e.body <> ''::bytea
            and (handled_at is not null or parked_at is not null or received_at < %(old)s)
    )
"""


def payments(account: Account, *, now: datetime) -> dict[str, int]:
    """Erase instruments and the bodies of the gateway's calls; the payments themselves stay. May be repeated."""
    with connection.cursor() as cursor:
        cursor.execute(CALLS, {"account": account.pk, "now": now, "old": now - WAITS})
        calls = cursor.rowcount
    instruments = Payment.objects.filter(account=account).exclude(instrument="").update(instrument="")
    reports = ParkedReport.objects.filter(payment__account=account).update(detail=ERASED)
    Claim.objects.filter(account=account).update(bank="")
    Mandate.objects.filter(account=account).update(instrument="", consent_address=None)
    lines = BankLine.objects.filter(uses__payment__account=account).exclude(narration=ERASED)
    told = BankLine.objects.filter(pk__in=list(lines.values_list("pk", flat=True))).update(
        payer="", narration=ERASED
    )
    return {"instruments": instruments, "gateway calls": calls, "parked reports": reports, "bank lines": told}


def late_calls(*, now: datetime) -> int:
    """Erase the bodies of calls that name a payment of a deleted account, once nothing waits for them; return how many.

    Repeating finds nothing. Calls of the last thirty days are looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(LATE, {"now": now, "old": now - WAITS, "since": now - LOOKS})
        return cursor.rowcount
