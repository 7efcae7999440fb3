"""Staff pages of plans, billing, documents, e-invoices and notes, exports, and what customers report."""

from invoices.admin import approval_queue, billing, documents, einvoices, finance, notes, plans, problems

__all__ = ["approval_queue", "billing", "documents", "einvoices", "finance", "notes", "plans", "problems"]
