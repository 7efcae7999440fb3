"""Price lists and usage, documents, their numbers and e-invoices, what settles them, and files that people ask for."""

from invoices.models.documents import Document, DocumentFile, DocumentLine, NumberSeries
from invoices.models.einvoices import EInvoice
from invoices.models.exports import Export, ProblemReport
from invoices.models.plans import (
    AddOn,
    Cycle,
    Discount,
    Feature,
    OneTimeCharge,
    Plan,
    PlanPrice,
    PlanVersion,
    Subscription,
)
from invoices.models.settlement import (
    Allocation,
    AllocationReversal,
    CreditBalance,
    VoucherBalance,
    VoucherUse,
    WriteOff,
)
from invoices.models.usage import CyclePrice, UsageCounter, UsageDay, UsageKey, UsageRecord

__all__ = [
    "AddOn",
    "Allocation",
    "AllocationReversal",
    "CreditBalance",
    "Cycle",
    "CyclePrice",
    "Discount",
    "Document",
    "DocumentFile",
    "DocumentLine",
    "EInvoice",
    "Export",
    "Feature",
    "NumberSeries",
    "OneTimeCharge",
    "Plan",
    "PlanPrice",
    "PlanVersion",
    "ProblemReport",
    "Subscription",
    "UsageCounter",
    "UsageDay",
    "UsageKey",
    "UsageRecord",
    "VoucherBalance",
    "VoucherUse",
    "WriteOff",
]
