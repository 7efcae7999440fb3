"""What we risk, and what we do about it: exposure, credit limits."""
