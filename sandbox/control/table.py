"""Every control call, one row each."""

from starlette.routing import Route

from sandbox.control import (
    arrivals,
    inboxes,
    links,
    mandates,
    messages,
    mishaps,
    moments,
    money,
    quarrels,
    repayment,
    settling,
    telephony,
)
from sandbox.control.openapi import describe
from sandbox.control.steer import Handler, Steer, endpoint
from sandbox.store import Doc


def read_openapi(_steer: Steer) -> Doc:
    return describe(CALLS)


CALLS: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/reset", moments.reset),
    ("GET", "/clock", moments.read_clock),
    ("POST", "/clock", moments.move_clock),
    ("POST", "/orders/{id}/pay", money.pay_order),
    ("POST", "/payments/{id}/authorize-late", money.authorise_late),
    ("POST", "/payments/{id}/fail", money.fail_payment),
    ("POST", "/payments/{id}/settle", money.settle_payment),
    ("POST", "/payments/{id}/approve", mandates.approve_debit),
    ("POST", "/payment_links/{id}/pay", links.pay_link),
    ("POST", "/tokens/{id}/confirm", mandates.confirm_token),
    ("POST", "/tokens/{id}/reject", mandates.reject_token),
    ("POST", "/tokens/{id}/pause", mandates.pause_token),
    ("POST", "/tokens/{id}/resume", mandates.resume_token),
    ("POST", "/tokens/{id}/cancel", mandates.cancel_token),
    ("GET", "/webhooks", messages.list_webhooks),
    ("POST", "/webhooks", messages.add_webhook),
    ("DELETE", "/webhooks", messages.remove_webhooks),
    ("DELETE", "/webhooks/{id}", messages.remove_webhooks),
    ("POST", "/webhooks/hold", messages.hold_webhooks),
    ("POST", "/webhooks/release", messages.release_webhooks),
    ("POST", "/webhooks/shuffle", messages.shuffle_webhooks),
    ("POST", "/webhooks/drain", messages.drain),
    ("POST", "/webhooks/burst", messages.burst),
    ("POST", "/webhooks/{id}/rotate-secret", messages.rotate_webhook_secret),
    ("POST", "/webhooks/{id}/enable", messages.enable_webhook),
    ("GET", "/deliveries", messages.list_deliveries),
    ("GET", "/events", messages.list_events),
    ("POST", "/events/{id}/send", messages.send_event),
    ("POST", "/events/{id}/replay", messages.replay_event),
    ("POST", "/keys/rotate", moments.rotate_keys),
    ("POST", "/refunds/{id}/process", repayment.process_refund),
    ("POST", "/refunds/{id}/fail", repayment.fail_refund),
    ("POST", "/virtual_accounts/{id}/credit", arrivals.credit_account),
    ("POST", "/settlements/run", settling.run_settlement),
    ("GET", "/holidays", settling.read_holidays),
    ("POST", "/holidays", settling.set_holidays),
    ("POST", "/payments/bulk", settling.pay_many),
    ("POST", "/disputes", quarrels.raise_dispute),
    ("POST", "/disputes/{id}/win", quarrels.win_dispute),
    ("POST", "/disputes/{id}/lose", quarrels.lose_dispute),
    ("POST", "/disputes/{id}/close", quarrels.close_dispute),
    ("POST", "/disputes/{id}/review", quarrels.review_dispute),
    ("POST", "/disputes/{id}/action-required", quarrels.require_action),
    ("GET", "/faults", mishaps.list_faults),
    ("POST", "/faults", mishaps.add_fault),
    ("DELETE", "/faults", mishaps.clear_faults),
    ("DELETE", "/faults/{id}", mishaps.clear_faults),
    ("GET", "/switches", moments.read_switches),
    ("POST", "/switches", moments.set_switches),
    ("GET", "/log", moments.read_log),
    ("GET", "/mail", inboxes.list_mail),
    ("DELETE", "/mail", inboxes.delete_mail),
    ("GET", "/sms", inboxes.list_sms),
    ("DELETE", "/sms", inboxes.delete_sms),
    ("GET", "/telephony/portal", telephony.read_portal),
    ("POST", "/telephony/portal", telephony.set_portal),
    ("POST", "/telephony/lines", telephony.provision_lines),
    ("GET", "/telephony/accounts", telephony.list_accounts),
    ("POST", "/telephony/accounts/{id}/pace", telephony.set_pace),
    ("POST", "/telephony/accounts/{id}/calls", telephony.place_calls),
    ("POST", "/telephony/accounts/{id}/messages", telephony.send_messages),
    ("GET", "/telephony/calls", telephony.list_calls),
    ("POST", "/telephony/calls/{id}/end", telephony.end_call),
    ("GET", "/telephony/orders", telephony.list_orders),
    ("GET", "/telephony/records", telephony.list_records),
    ("POST", "/telephony/records/{id}/send", telephony.send_record),
    ("POST", "/telephony/restart", telephony.restart_platform),
    ("GET", "/openapi.json", read_openapi),
)

ROUTES = [Route(f"/_sandbox{path}", endpoint(handler), methods=[method]) for method, path, handler in CALLS]
