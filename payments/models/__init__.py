"""Payments, what the gateway told us, bank money and what customers say of it, and what waits for a person."""

from payments.models.bank import BankImport, BankLine, BankUse, ImportRow, StatementFormat, Utr
from payments.models.claims import Cheque, Claim, TaxDeducted
from payments.models.events import ParkedReport, WebhookEvent
from payments.models.payments import Payment
from payments.models.virtual_accounts import VirtualAccount

__all__ = [
    "BankImport",
    "BankLine",
    "BankUse",
    "Cheque",
    "Claim",
    "ImportRow",
    "ParkedReport",
    "Payment",
    "StatementFormat",
    "TaxDeducted",
    "Utr",
    "VirtualAccount",
    "WebhookEvent",
]
