"""What other people wrote, as it may be printed: one line, no invisible characters, cut to what fits. Pure.

Control and bidirectional characters could reorder or hide what stands beside them on a legal document;
joiners stay, Indian scripts need them. One rule: a form's line refuses them (`has_hidden`) and its text of many lines
loses them (`lines`); so does whatever came in by another way, where it is printed (`plain`) or exported (`shown`).
"""

import re
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
MOST_DIGITS = 19  # all of fewer fit into eight bytes
HIDDEN = "This holds invisible characters: please type it instead of pasting it."
BREAKS = {"\n", "\r", "\t"}  # all that a cell or a text of many lines keeps of the characters that control
_BLANK = re.compile(r"[^\S\n]")
_GAPS = re.compile(r"\n{4,}")


def day(on: date) -> str:
    """Return a date as people read it, 1 Nov 2026."""
    return f"{on.day} {on:%b %Y}"


def whole(said: str) -> int | None:
    """Return the whole number that plain digits say, if a key or a length may be as large; else None."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < MOST_DIGITS else None


def has_hidden(text: str) -> bool:
    """Whether a text holds control or bidi characters, which no name and no description needs."""
    return not _is_simple(text) and any(not _printed(character) for character in text)


def shown(text: str) -> str:
    """Return the text without them; its line breaks and tabs stay, other blanks are spaces. For cells of an export."""
    return text if _is_simple(text) else "".join(c if c in BREAKS else _printed(c) for c in text)


def lines(text: str) -> str:
    """Return a text of many lines as it is kept: no hidden characters, at most two empty lines in a row.

    Repeating changes nothing.
    """
    broken = "\n".join(text.replace("\r\n", "\n").splitlines())
    return _GAPS.sub("\n\n\n", _BLANK.sub(" ", shown(broken))).strip()


def plain(text: object, limit: int) -> str:
    """Return the text on one line without control and bidi characters, at most `limit` characters long.

    What is longer ends in an ellipsis. Repeating changes nothing.
    """
    given = str(text)
    line = " ".join((given if _is_simple(given) else "".join(map(_printed, given))).split())
    if len(line) <= limit:
        return line
    return line[: limit - len(CUT)].rstrip() + CUT


def _is_simple(text: str) -> bool:
    """Whether it holds nothing but printable ASCII, as most does: there is nothing to look for."""
    return text.isascii() and text.isprintable()


def _printed(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() or category in SPACES:
        return " "
    return "" if category in UNPRINTABLE and character not in JOINERS else character
