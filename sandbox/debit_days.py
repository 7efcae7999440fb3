"""On which day, and how often, a UPI mandate may be debited: by calendar cycles in Indian time."""

from datetime import date, datetime

from sandbox.store import Doc
from sandbox.working_days import INDIA

MONTHS = {"monthly": 1, "bimonthly": 2, "quarterly": 3, "half_yearly": 6, "yearly": 12}


def mismatch(token: Doc, now: float) -> str | None:
    """Return why no debit is allowed at `now` (epoch seconds), or None."""
    terms = token["_terms"]
    cycle = cycle_of(terms["frequency"], now)
    if cycle is not None and cycle in token.get("_cycles", []):
        return "mandate_current_cycle_allowed_debit_exceeds"
    day = datetime.fromtimestamp(now, INDIA).date()
    if terms["recurring_value"] and not is_allowed(day, terms):
        return "execution_day_rule_mismatch"
    return None


def cycle_of(frequency: str | None, now: float) -> str | None:
    """Return the name of the cycle that `now` is in; None where every debit is a cycle of its own."""
    day = datetime.fromtimestamp(now, INDIA).date()
    if frequency == "daily":
        return day.isoformat()
    if frequency == "weekly":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if frequency == "fortnightly":
        return f"{day:%Y-%m}-{'first' if day.day <= 15 else 'second'}"
    if frequency in MONTHS:
        return f"{day.year}/{(day.month - 1) // MONTHS[frequency]}"
    return None


def is_allowed(day: date, terms: Doc) -> bool:
    """Compare the day's number in its week, half month or month with the mandate's."""
    number = {"weekly": day.isoweekday(), "fortnightly": (day.day - 1) % 15 + 1}.get(
        terms["frequency"], day.day
    )
    wanted = int(terms["recurring_value"])
    if terms["recurring_type"] == "on":
        return number == wanted
    return number <= wanted if terms["recurring_type"] == "before" else number >= wanted
