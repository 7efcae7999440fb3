"""What a bank calls a transfer: its UTR, and what of a statement's text is one, a cheque's number or a payer. Pure.

NEFT and RTGS have 16 or 22 letters and digits that begin with the bank's four letters or one letter; IMPS and UPI have
an RRN of 12 digits, which some statements fill with zeros in front. A cheque has six digits.
"""

import re

NEFT = re.compile(r"[A-Z]{4}[A-Z0-9]\d{11}|[A-Z]{5}\d{17}|[A-Z]{4}[A-Z0-9]{2}\d{16}|[A-Z]{1,2}\d{14,15}")
RRN = re.compile(r"\d{12}")
PADDED = re.compile(r"0+(\d{12})")
CHEQUE = re.compile(r"0*(\d{1,6})")
OTHER = re.compile(r"[^A-Z0-9]+")
WORD = re.compile(r"[A-Z0-9]{12,22}")
BAN = re.compile(r"\bBA[- ]?(\d{4,12})\b")
ADVICE = re.compile(r"\bPF[/ -]?(\d{4})[/ -]?(\d{6})\b")
BEFORE_PAYER = re.compile(r"^(?:NEFT|RTGS|IMPS|UPI|CHQ|CLG|BY TRANSFER|FT)(?: ?CR)?$|^(?:CR|P2A|P2M|DEP)$")
IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")
DISHONOURED = re.compile(r"\b(?:RETURN|RTN|RETURNED|BOUNCE|DISHONOU?R\w*|I/W CHQ RET|O/W RTN)\b")


class NotAUtr(ValueError):
    """What was typed is not the number of a transfer."""


class NotACheque(ValueError):
    """What was typed is not the number of a cheque."""


def normal(text: str) -> str:
    """Return a UTR as it is kept: capital letters and digits alone. Raises NotAUtr."""
    found = _normal(OTHER.sub("", text.upper()))
    if found is None:
        raise NotAUtr("A UTR has 16 or 22 letters and digits (NEFT, RTGS), or 12 digits (IMPS, UPI).")
    return found


def cheque(text: str) -> str:
    """Return a cheque's number with its six digits. Raises NotACheque."""
    match = CHEQUE.fullmatch(text.strip())
    if not match or not text.strip().isascii() or int(match[1]) == 0:
        raise NotACheque("A cheque's number has up to six digits.")
    return match[1].zfill(6)


def of_row(reference: str, narration: str) -> tuple[str | None, str]:
    """Return the UTR that a statement's row names, if any, and its cheque's number, if it is one."""
    bare = OTHER.sub("", reference.upper())
    match = CHEQUE.fullmatch(bare)
    if match and int(match[1]):
        return None, match[1].zfill(6)
    utr = _normal(bare)
    if utr is None:
        words = [_normal(word) for word in WORD.findall(narration.upper())]
        utr = next((word for word in words if word), None)
    return utr, ""


def payer_of(narration: str) -> str:
    """Guess who sent the money: the first part of the narration that is a name."""
    for part in re.split(r"[-/:*|]+", narration.upper()):
        word = part.strip()
        if len(word) < 4 or BEFORE_PAYER.fullmatch(word) or IFSC.fullmatch(word) or "@" in word:
            continue
        if sum(c.isdigit() for c in word) * 3 <= len(word):
            return word[:120]
    return ""


def ban_of(narration: str) -> str:
    """Return the account number that a narration names, or nothing."""
    match = BAN.search(narration.upper())
    return f"BA-{match[1]}" if match else ""


def advice_of(narration: str) -> str:
    """Return the number of the payment advice that a narration names, or nothing; banks drop its strokes."""
    match = ADVICE.search(narration.upper())
    return f"PF/{match[1]}/{match[2]}" if match else ""


def _normal(word: str) -> str | None:
    if NEFT.fullmatch(word) and len(word) in (16, 22):
        return word
    if RRN.fullmatch(word):
        return word
    match = PADDED.fullmatch(word)
    return match[1] if match and len(word) <= 22 else None
