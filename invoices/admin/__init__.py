"""Staff pages of documents, and of the one-time charge."""

from invoices.admin import documents

__all__ = ["documents"]
