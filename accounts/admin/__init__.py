"""Staff pages of the ground floor: people and accounts, the ledger, messages, control."""

from accounts.admin import conversations, keys, people, records, service

__all__ = ["conversations", "keys", "people", "records", "service"]
