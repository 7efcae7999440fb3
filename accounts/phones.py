"""Indian mobile numbers, as people type them and as they are kept (E.164). Pure."""

import re

KEPT = r"^\+91[6-9][0-9]{9}$"
_TYPED = re.compile(r"(?:\+91|0091|91|0)?([6-9][0-9]{9})")
_FILLING = str.maketrans("", "", " \u00a0\t-‐‑–.()")


class NotAMobile(ValueError):
    """What was typed is not an Indian mobile number."""


def normal(typed: str) -> str:
    """Return the number as +919800000001, or "" for none. Repeating changes nothing. Raises NotAMobile."""
    digits = typed.strip().translate(_FILLING)
    if not digits:
        return ""
    match = _TYPED.fullmatch(digits)
    if not match:
        raise NotAMobile("Enter an Indian mobile number, like 98000 00001 or +91 98000 00001.")
    return f"+91{match[1]}"
