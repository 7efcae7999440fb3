"""Staff pages of plans, billing, documents and notes, exports, and what customers report."""

from invoices.admin import approval_queue, billing, documents, finance, notes, plans, problems

__all__ = ["approval_queue", "billing", "documents", "finance", "notes", "plans", "problems"]
