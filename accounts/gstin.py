"""GSTIN and PAN: shape, check character and State. Pure (gst reference §§ 6.3, 6.4)."""

import re

from accounts.states import STATE_NAMES

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NOT_ISSUED = {"96"}  # a place of supply, never the prefix of a number

# fmt: off
KINDS = (
    ("regular",      r"\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]"),
    ("deductor",     r"\d{2}[A-Z]{4}[A-Z0-9]\d{4}[A-Z][1-9A-Z]D[0-9A-Z]"),
    ("collector",    r"\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]C[0-9A-Z]"),
    ("uin",          r"\d{4}[A-Z]{3}\d{5}[UO]N[A-Z0-9]"),
)
# fmt: on
PAN = re.compile(r"[A-Z]{3}[ABCFGHJLPT][A-Z](?!0000)\d{4}[A-Z]")


class NotValid(ValueError):
    """The number is not a GSTIN or PAN that we may print; the message says why."""


def normal(value: str) -> str:
    """Return the number as it is compared and printed: trimmed, upper-case."""
    return value.strip().upper()


def check(value: str, *, state: str = "") -> str:
    """Return the kind of a GSTIN (`regular`, `deductor`, …).

    With `state`, the number must belong to that State. Raises NotValid.
    """
    if len(value) != 15:
        raise NotValid("A GSTIN has 15 characters.")
    kind = next((name for name, pattern in KINDS if re.fullmatch(pattern, value)), None)
    if kind is None:
        raise NotValid("This does not have the form of a GSTIN.")
    if value[:2] not in STATE_NAMES or value[:2] in NOT_ISSUED:
        raise NotValid(f"No State has the code {value[:2]}; ask for the current GSTIN.")
    if kind == "regular" and not PAN.fullmatch(value[2:12]):
        raise NotValid("Characters 3 to 12 are not a PAN.")
    if check_character(value) != value[14]:
        raise NotValid("The check character is wrong: please compare each character.")
    if state and value[:2] != state:
        raise NotValid(f"This GSTIN belongs to {STATE_NAMES[value[:2]]}, the billing address does not.")
    return kind


def check_character(value: str) -> str:
    """Return the 15th character that the first 14 call for (modulus 36)."""
    total = 0
    for place, character in enumerate(value[:14]):
        quotient, rest = divmod(ALPHABET.index(character) * (1 + place % 2), 36)
        total += quotient + rest
    return ALPHABET[-total % 36]


def check_pan(value: str) -> None:
    """Raise NotValid unless the value is a PAN."""
    if not PAN.fullmatch(value):
        raise NotValid("A PAN has five letters, four digits and a letter, like AAPPV8261K.")


def pan_of(gstin: str) -> str:
    """Return the PAN inside a GSTIN."""
    return gstin[2:12]
