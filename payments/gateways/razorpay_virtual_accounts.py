"""Razorpay's words for virtual accounts and bank transfers. The account's number of ours stands in the notes."""

from datetime import datetime
from typing import Any

from payments.gateways import GatewayPayment, Refused, Unavailable
from payments.gateways.virtual_accounts import MadeAccount, Transfer
from payments.gateways.wire import Client, ask, checked_id, word

PAGE = 100


class VirtualAccountCalls:
    """Virtual accounts over the official SDK."""

    client: Client

    def make_account(self, ban: str, name: str) -> MadeAccount:
        body = {
            "receivers": {"types": ["bank_account"]},
            "description": f"{name} {ban}"[:250],
            "notes": {"account": ban},
        }
        return _account(ask(lambda: self.client.virtual_account.create(body)))

    def find_account(self, ban: str, since: datetime) -> MadeAccount | None:
        words = {"from": int(since.timestamp()), "count": PAGE, "skip": 0}
        while True:
            items = ask(lambda: self.client.virtual_account.all(dict(words))).get("items") or []
            for item in items:
                if _ban(item) == ban and item.get("status") == "active":
                    return _account(item)
            if len(items) < PAGE:
                return None
            words["skip"] += PAGE

    def virtual_account(self, account_id: str) -> MadeAccount:
        return _account(ask(lambda: self.client.virtual_account.fetch(checked_id(account_id))))

    def transfer_of(self, report: GatewayPayment) -> Transfer | None:
        if report.order_id or report.method not in ("bank_transfer", "upi"):
            return None
        is_upi = report.method == "upi"
        call = self.client.payment.upi_transfer if is_upi else self.client.payment.bank_transfer
        try:
            return _transfer(ask(lambda: call(checked_id(report.payment_id))))
        except Refused as error:
            if error.unknown_id:
                return None  # a payment of another kind, by a link or a code
            raise


def _account(entity: dict[str, Any]) -> MadeAccount:
    """Translate a virtual account with its bank account. Raises Unavailable when it is none."""
    receivers = entity.get("receivers")
    banks = [r for r in receivers if r.get("entity") == "bank_account"] if isinstance(receivers, list) else []
    if not banks or entity.get("entity") != "virtual_account":
        raise Unavailable("The gateway's answer is not a virtual account.")
    bank = banks[0]
    return MadeAccount(
        account_id=checked_id(entity.get("id")),
        ban=_ban(entity),
        number=word(bank.get("account_number"), 34),
        ifsc=word(bank.get("ifsc"), 11),
        bank_name=word(bank.get("bank_name"), 60),
        holder=word(bank.get("name"), 120),
        is_active=entity.get("status") == "active",
    )


def _ban(entity: dict[str, Any]) -> str:
    notes = entity.get("notes")
    return str(notes.get("account") or "") if isinstance(notes, dict) else ""


def _transfer(entity: dict[str, Any]) -> Transfer:
    account = entity.get("payer_bank_account")
    name = account.get("name") if isinstance(account, dict) else entity.get("payer_vpa")
    return Transfer(
        account_id=checked_id(entity.get("virtual_account_id")),
        utr=word(entity.get("bank_reference") or entity.get("rrn"), 40),
        mode=word(entity.get("mode") or "UPI", 10),
        payer=word(name, 120),
    )
