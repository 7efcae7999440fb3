"""Staff pages of the ground floor: people and accounts, the ledger, messages, control."""

from accounts.admin import audit, conversations, keys, people, records, service

__all__ = ["audit", "conversations", "keys", "people", "records", "service"]
