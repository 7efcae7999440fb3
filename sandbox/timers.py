"""What happens by itself at a virtual time: one row a timer."""

from collections.abc import Callable

from sandbox import (
    debit_decision,
    debits,
    disputes,
    downtimes,
    invoices,
    notifications,
    payment_links,
    payments,
    qr_codes,
    recon,
    refunds,
    settlements,
    sms,
    token_ends,
    tokens,
    virtual_accounts,
)
from sandbox.telephony import calls, lines, records
from sandbox.world import World

TIMERS: dict[str, Callable[[World, str], None]] = {
    "payment_timeout": payments.time_out,
    "capture_lapse": payments.lapse,
    "refund_process": refunds.process,
    "downtime_start": downtimes.start,
    "downtime_end": downtimes.end,
    "qr_code_end": qr_codes.fall_due,
    "dispute_deadline": disputes.fall_due,
    "settlement_due": settlements.fall_due,
    "settlement_bounce": settlements.bounce,
    "recon_post": recon.post_late,
    "virtual_account_end": virtual_accounts.fall_due,
    "refund_slow": refunds.slow_down,
    "refund_reference": refunds.fill_reference,
    "notification_due": notifications.fall_due,
    "first_debit": debits.begin_first,
    "debit_due": debit_decision.fall_due,
    "debit_lapse": debit_decision.lapse,
    "link_expire": payment_links.expire,
    "invoice_expire": invoices.expire,
    "token_due": tokens.fall_due,
    "token_cancel": token_ends.fall_due,
    "phone_arrival": lines.arrive,
    "phone_hang_up": calls.hang_up,
    "phone_record": records.fall_due,
    "sms_report": sms.arrive,
}


def run_due(world: World) -> None:
    """Run every timer that is due, each in its own unit."""
    while True:
        with world.store.unit():
            timer = world.store.take_timer(world.clock.now())
            if timer is None:
                return
            kind, ref = timer
            TIMERS[kind](world, ref)
