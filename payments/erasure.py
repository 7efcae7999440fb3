"""Erase what payments keeps of the people who paid for a deleted account.

Masked instruments, the gateway's calls, what the bank's lines say of the payer. The statement's own file stays: it is
evidence, of many customers at once.
"""

from django.db import connection

from accounts.models import Account
from payments.models import BankLine, Claim, ParkedReport, Payment

ERASED = "erased"
CALLS = """
    update payments_webhookevent set body = ''::bytea where handled_at is not null and exists (
        select 1 from payments_payment p where p.account_id = %s and (
            position(convert_to(p.gateway_order_id, 'UTF8') in body) > 0
            or position(convert_to(p.gateway_payment_id, 'UTF8') in body) > 0
        )
    )
"""


def payments(account: Account) -> dict[str, int]:
    """Erase instruments and the bodies of the gateway's calls; the payments themselves stay. May be repeated."""
    with connection.cursor() as cursor:
        cursor.execute(CALLS, [account.pk])
        calls = cursor.rowcount
    instruments = Payment.objects.filter(account=account).exclude(instrument="").update(instrument="")
    reports = ParkedReport.objects.filter(payment__account=account).update(detail=ERASED)
    Claim.objects.filter(account=account).update(bank="")
    lines = BankLine.objects.filter(uses__payment__account=account).exclude(narration=ERASED)
    told = BankLine.objects.filter(pk__in=list(lines.values_list("pk", flat=True))).update(
        payer="", narration=ERASED
    )
    return {"instruments": instruments, "gateway calls": calls, "parked reports": reports, "bank lines": told}
