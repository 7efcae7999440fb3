"""Money is whole paise in an int. Rupees exist only where people read and type them, and are made here."""

import functools
import re

from babel import Locale
from babel.numbers import parse_pattern

Paise = int

LARGEST: Paise = 10**13  # no amount of this portal is beyond ±₹10,000 crore; larger ones are mistakes
_WHOLE = r"\d+|\d{1,3}(?:,\d{2,3})*,\d{3}"  # with commas as in 12,34,567 or 1,234,567: never a decimal comma
_TYPED = re.compile(rf"(?:₹|Rs\.?|INR)?\s*({_WHOLE})(?:\.(\d{{1,2}}))?", re.IGNORECASE)
_ONES = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
]
_INDIAN, _DIGITS = Locale.parse("en_IN"), parse_pattern("#,##,##0")
_TENS = ["Zero", "Ten", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"]


class NotAnAmount(ValueError):
    """What was typed is not an amount of rupees and paise."""


def share(amount: Paise, part: int, whole: int) -> Paise:
    """Return amount × part / whole, rounded half up to the paisa; a negative amount mirrors."""
    quotient, rest = divmod(abs(amount) * part, whole)
    rounded = quotient + (2 * rest >= whole)
    return rounded if amount >= 0 else -rounded


def share_up(amount: Paise, part: int, whole: int) -> Paise:
    """Return amount × part / whole for an amount ≥ 0, rounded up: what to ask so that enough arrives."""
    return -(-amount * part // whole)


def inr(amount: Paise) -> str:
    """Write paise as ₹12,34,567.50; a minus stands before the sign."""
    rupees, paise = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}₹{_digits(rupees)}.{paise:02}"


def grouped(number: int) -> str:
    """Write a count as 12,34,567; a minus stands before it."""
    return f"{'-' if number < 0 else ''}{_digits(abs(number))}"


def rupees(amount: Paise) -> str:
    """Write paise as plain 1234567.50, for fields that people edit and for exports."""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}"


def typed(text: str) -> Paise:
    """Read an amount as people type it (`1500`, `₹1,500.50`). Raises NotAnAmount."""
    match = _TYPED.fullmatch(text.strip())
    if not match or len(match[1]) > 18:
        raise NotAnAmount("Enter an amount in rupees, like 1500 or 1,500.50.")
    amount = int(match[1].replace(",", "")) * 100 + int((match[2] or "").ljust(2, "0"))
    if amount > LARGEST:
        raise NotAnAmount("This amount is too large.")
    return amount


def words(amount: Paise) -> str:
    """Spell an amount in the Indian system: Rupees One Lakh and Paise Fifty Only (gst reference § 8.2)."""
    whole, paise = divmod(abs(amount), 100)
    text = f"Rupees {_spelled(whole)}"
    if paise:
        text += f" and Paise {_spelled(paise)}"
    return f"{'Minus ' if amount < 0 else ''}{text} Only"


@functools.lru_cache(maxsize=4096)  # a page writes hundreds of numbers, many of them twice
def _digits(number: int) -> str:
    return str(_DIGITS.apply(number, _INDIAN))


def _spelled(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    for size, name in ((10**7, "Crore"), (10**5, "Lakh"), (1000, "Thousand"), (100, "Hundred")):
        if number >= size:
            many, rest = divmod(number, size)
            return f"{_spelled(many)} {name}" + (f" {_spelled(rest)}" if rest else "")
    raise AssertionError("unreachable")  # pragma: no cover - each number ≥ 100 has a size
