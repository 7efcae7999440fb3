"""Staff pages of plans, billing, documents and notes, exports, and what customers report."""

from invoices.admin import billing, documents, finance, notes, plans, problems

__all__ = ["billing", "documents", "finance", "notes", "plans", "problems"]
