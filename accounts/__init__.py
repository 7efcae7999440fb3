"""Who it is and what they hold: people, ledger, notices, audit."""
