"""What may stand in a text message: the GSM-7 alphabet, variables of at most 30 characters. Pure.

One rule for a variable: invisible characters, line breaks and markup go, accents go, what is left and not plain is
left out. A word that is too long is cut and ends in ".."; an amount, a date or an address is never cut.
"""

import re
import unicodedata

from billing_portal import text

PLACEHOLDER = "{#var#}"
MOST = 200  # characters of a value that are looked at
LONGEST = 30  # characters of one variable (DLT)
SINGLE, PART = 160, 153  # septets of a message alone, and of each part of a longer one
CUT, EMPTY = "..", "-"
BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = set("^{}\\[~]|€")  # two septets each
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .,:/&'()+#@%_-]")
_LIKE = str.maketrans({"₹": "Rs ", "–": "-", "—": "-", "−": "-", "‘": "'", "’": "'", "…": ".."})
_MARKUP = re.compile(r"<[^<>]*>")


class TooLong(ValueError):
    """A value that must not be cut is longer than a variable may be."""


def clean(value: object) -> str:
    """Return the value's plain characters on one line. Repeating changes nothing."""
    line = _MARKUP.sub(" ", text.plain(value, MOST)).translate(_LIKE)
    bare = "".join(c for c in unicodedata.normalize("NFKD", line) if not unicodedata.combining(c))
    return " ".join(_NOT_PLAIN.sub("", bare).split())[:MOST].rstrip()


def word(value: object) -> str:
    """Return the value as a variable; what is longer than 30 characters is cut and ends in "..", none is "-"."""
    line = clean(value)
    return (line if len(line) <= LONGEST else line[: LONGEST - len(CUT)].rstrip() + CUT) or EMPTY


def whole(value: str) -> str:
    """Return the value as a variable that is never cut. Raises TooLong."""
    if len(value) > LONGEST:
        raise TooLong(f"{len(value)} characters")
    return value


def septets(message: str) -> int | None:
    """Return how long a message is in GSM-7, or None where it has characters of other alphabets."""
    if set(message) - BASIC - EXTENDED:
        return None
    return len(message) + sum(character in EXTENDED for character in message)


def parts(length: int) -> int:
    """Return how many messages so many septets are billed as."""
    return 1 if length <= SINGLE else -(-length // PART)
