"""Payments, bank money, what customers say of it, what the gateway tells, and what waits for a person."""

from payments.models.api_orders import ApiOrder
from payments.models.bank import BankImport, BankLine, BankUse, ImportRow, StatementFormat, Utr
from payments.models.claims import Cheque, Claim, TaxDeducted
from payments.models.disputes import Dispute
from payments.models.downtimes import Downtime
from payments.models.events import ParkedReport, WebhookEvent
from payments.models.mandates import AutoPaySettings, Debit, GatewayCustomer, Mandate
from payments.models.payments import Payment
from payments.models.reconciliation import (
    DayClose,
    Difference,
    DifferenceEvent,
    GatewayRecord,
    Settlement,
    SettlementLine,
)
from payments.models.refunds import Refund
from payments.models.virtual_accounts import VirtualAccount

__all__ = [
    "ApiOrder",
    "AutoPaySettings",
    "BankImport",
    "BankLine",
    "BankUse",
    "Cheque",
    "Claim",
    "DayClose",
    "Debit",
    "Difference",
    "DifferenceEvent",
    "Dispute",
    "Downtime",
    "GatewayCustomer",
    "GatewayRecord",
    "ImportRow",
    "Mandate",
    "ParkedReport",
    "Payment",
    "Refund",
    "Settlement",
    "SettlementLine",
    "StatementFormat",
    "TaxDeducted",
    "Utr",
    "VirtualAccount",
    "WebhookEvent",
]
