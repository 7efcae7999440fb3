"""What no password may be, besides Django's own rules; each refusal names its reason."""

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.core.exceptions import ValidationError

RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
LONGEST_RUN = 5
FEWEST = 6  # different characters
FEWEST_OWN = 8  # characters besides names that everybody knows
HELP = "Not the operator's name, your name or your e-mail address, no keyboard rows, and no short piece repeated."


class NotGuessable:
    """Refuse a password that follows a pattern or is made of names that everybody knows."""

    def validate(self, password: str, user: Any = None) -> None:
        word = password.casefold()
        if len(set(word)) < FEWEST:
            raise ValidationError(f"Use at least {FEWEST} different characters.", "few_characters")
        if re.fullmatch(r"(.{1,6})\1+", word):
            raise ValidationError("This repeats one short piece.", "repeated")
        if run := _run(word):
            raise ValidationError(f"“{run}” is the first thing that somebody would try.", "run")
        used = [name for name in _names(user) if name in word]
        if used and len(_without(word, used)) < FEWEST_OWN:
            raise ValidationError(f"Besides “{used[0]}”, which is easy to guess, too little is left.", "name")

    def get_help_text(self) -> str:
        return HELP


def shortest() -> int:
    """How many characters a password has at least, by the settings."""
    found = [
        one.min_length for one in get_default_password_validators() if isinstance(one, MinimumLengthValidator)
    ]
    return max(found, default=1)


def _without(word: str, names: list[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        word = word.replace(name, "")
    return word


def _run(word: str) -> str:
    """Return a long run of the alphabet, the digits or a keyboard row that is in a word, in either direction."""
    for row in (*RUNS, *(row[::-1] for row in RUNS)):
        for start in range(len(row) - LONGEST_RUN + 1):
            if (piece := row[start : start + LONGEST_RUN]) in word:
                return piece
    return ""


def _names(user: Any) -> list[str]:
    said = f"{settings.OPERATOR_NAME} {getattr(user, 'name', '')} {getattr(user, 'email', '')}"
    return [name for name in re.split(r"[^\w]+", said.casefold()) if len(name) > 3]
