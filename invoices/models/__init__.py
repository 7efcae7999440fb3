"""Documents, their numbers, what settles them, and what is left of advances."""

from invoices.models.documents import Document, DocumentFile, DocumentLine, NumberSeries
from invoices.models.settlement import Allocation, VoucherBalance, VoucherUse

__all__ = [
    "Allocation",
    "Document",
    "DocumentFile",
    "DocumentLine",
    "NumberSeries",
    "VoucherBalance",
    "VoucherUse",
]
