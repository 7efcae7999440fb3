"""Staff pages of the ground floor: people and accounts, the ledger, messages, control."""

from accounts.admin import people, records

__all__ = ["people", "records"]
