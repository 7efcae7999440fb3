"""Money that arrives at a virtual account: a payment without an order, captured at once, and its transfer.

What arrives at a closed account, or from a payer that is not allowed there, goes back. Amounts are paise.
"""

import string
from typing import Any

from sandbox import events, received, refunds
from sandbox.store import Doc
from sandbox.world import World

MODES = ("NEFT", "RTGS", "IMPS", "UPI")
PAYER = {
    "name": "ASHA RAO",
    "account_number": "40210000987654",
    "ifsc": "EXBK0000451",
    "vpa": "asha@examplebank",
}


def credit(world: World, account: Doc, amount: int, *, mode: str, utr: str | None, payer: Doc | None) -> Doc:
    """Let money arrive; return the payment. A `utr` may come twice, as banks do: each time is a payment."""
    utr = utr or new_utr(world, mode)
    is_upi = mode == "UPI"
    bank = received.bank_of(payer["ifsc"]) if payer else None
    payment = received.arrive(
        world,
        "upi" if is_upi else "bank_transfer",
        amount,
        at=account["id"],
        reference=utr,
        payer=received.payer_of(world, account["customer_id"]),
        description="NA",
        **(_upi_facts(utr, payer) if is_upi else {}),
    )
    facts = _upi_transfer(utr, payer, bank) if is_upi else _bank_transfer(world, mode, utr, payer, bank)
    kind = "upi_transfer" if is_upi else "bank_transfer"
    transfer = {
        "id": world.ids.new("ut" if is_upi else "bt"),
        "entity": kind,
        "payment_id": payment["id"],
        "amount": amount,
        **facts,
        "virtual_account_id": account["id"],
    }
    world.store.put(kind, transfer, parent=payment["id"])
    if account["status"] == "closed" or not is_allowed(account, payer):
        refunds.give_back(world, payment, at_once=False)
        return payment
    return _take(world, account, payment, {kind: transfer})


def _take(world: World, account: Doc, payment: Doc, transfer: Doc) -> Doc:
    received.take(world, payment)
    account["amount_paid"] += payment["amount"]
    account["_used_at"] = world.clock.seconds()
    world.store.put("virtual_account", account)
    if world.switch("transfer_events") == "with_payment":
        events.emit(world, "payment.captured", payment=payment)
    events.emit(world, "virtual_account.credited", payment=payment, virtual_account=account, **transfer)
    return payment


def new_utr(world: World, mode: str) -> str:
    """Return a reference as the mode's banks write it."""
    if mode in ("IMPS", "UPI"):
        return world.ids.digits(12)
    head, length = {"NEFT": ("N", 15), "RTGS": ("EXBKR5", 16)}[mode]
    return head + world.ids.text("utr", length, string.digits)


def _upi_facts(utr: str, payer: Doc | None) -> Doc:
    vpa = payer["vpa"] if payer else None
    upi = {"payer_account_type": "bank_account", "vpa": vpa, "flow": "collect"}
    return {"vpa": vpa, "upi": upi, "acquirer_data": {"rrn": utr}}


def _upi_transfer(utr: str, payer: Doc | None, bank: str | None) -> Doc:
    return {
        "payer_vpa": payer["vpa"] if payer else None,
        "payer_bank": bank,
        "payer_account": payer["account_number"] if payer else None,
        "payer_ifsc": payer["ifsc"] if payer else None,
        "npci_reference_id": utr,
        "rrn": utr,
    }


def _bank_transfer(world: World, mode: str, utr: str, payer: Doc | None, bank: str | None) -> Doc:
    account: dict[str, Any] | None = None
    if payer:
        facts = {"ifsc": payer["ifsc"], "bank_name": bank, "name": payer["name"]}
        account = {"id": world.ids.new("ba"), "entity": "bank_account", **facts, "notes": []}
        account["account_number"] = payer["account_number"]
    return {"mode": mode, "bank_reference": utr, "payer_bank_account": account}


def is_allowed(account: Doc, payer: Doc | None) -> bool:
    """Say whether this payer may send money there; without a list everybody may, also somebody unknown."""
    allowed = [known["bank_account"] for known in account.get("allowed_payers", [])]
    if not allowed:
        return True
    return payer is not None and any(
        (known["ifsc"], known["account_number"]) == (payer["ifsc"], payer["account_number"])
        for known in allowed
    )
