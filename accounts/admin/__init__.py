"""Staff pages of the ground floor: people and accounts, the ledger, messages, control."""

from accounts.admin import keys, people, records, service

__all__ = ["keys", "people", "records", "service"]
