"""Staff pages of documents, and of the one-time charge."""

from invoices.admin import billing, documents, problems

__all__ = ["billing", "documents", "problems"]
