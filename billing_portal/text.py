"""What other people wrote, as it may be printed: one line, no invisible characters, cut to what fits. Pure.

Control and bidirectional characters could reorder or hide what stands beside them on a legal document;
joiners stay, Indian scripts need them. One rule: staff's forms refuse them (`has_hidden`), and whatever came in by
another way loses them where it is printed (`plain`) or exported (`shown`).
"""

import unicodedata
from datetime import date

JOINERS = {"\u200c", "\u200d"}  # zero-width (non-)joiner: part of how Devanagari and others are spelt
SPACES = {"Zs", "Zl", "Zp"}
UNPRINTABLE = {
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
}  # control, format (bidi marks, tags), surrogate, private, unassigned
CUT = "…"


def day(on: date) -> str:
    """Return a date as people read it, 1 Nov 2026."""
    return f"{on.day} {on:%b %Y}"


def has_hidden(text: str) -> bool:
    """Whether a text holds control or bidi characters, which no name and no description needs."""
    return any(not _printed(character) for character in text)


def shown(text: str) -> str:
    """Return the text without them; its line breaks and blanks stay. For cells of an export."""
    return "".join(c for c in text if c.isspace() or _printed(c))


def plain(text: object, limit: int) -> str:
    """Return the text on one line without control and bidi characters, at most `limit` characters long.

    What is longer ends in an ellipsis. Repeating changes nothing.
    """
    given = str(text)
    if not given.isprintable():  # what is has no control and bidi characters, and no separator but the blank
        given = "".join(map(_printed, given))
    line = " ".join(given.split())
    if len(line) <= limit:
        return line
    return line[: limit - len(CUT)].rstrip() + CUT


def _printed(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() or category in SPACES:
        return " "
    return "" if category in UNPRINTABLE and character not in JOINERS else character
