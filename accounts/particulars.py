"""What an account's particulars must agree on, since tax documents carry them. Pure; gst reference §§ 6.2 to 6.4.

Staff's form and the customer's ask the same.
"""

import re

from accounts import gstin
from accounts.states import ABROAD

WITHOUT = {"unregistered", "export_lut", "export_taxed"}  # registrations that have no GSTIN
EXPORTS = {"export_lut", "export_taxed"}
FIELDS = ("registration", "gstin", "pan", "state", "country", "pin")
PIN = re.compile(r"[1-9][0-9]{5}")


def problems(
    *, registration: str, gstin: str, pan: str, state: str, country: str, pin: str
) -> dict[str, str]:
    """Return what is wrong, by field; nothing when all agree. GSTIN and PAN are in their normal form."""
    found = {
        "gstin": _gstin(registration, gstin, state),
        "state": _state(registration, state),
        "country": _country(registration, country),
        "pin": _pin(state, pin),
        "pan": _pan(gstin, pan),
    }
    return {field: said for field, said in found.items() if said}


def pan_inside(number: str) -> str:
    """Return the PAN that a GSTIN holds, or "" for one that holds none."""
    inside = gstin.pan_of(number) if len(number) == 15 else ""
    return inside if gstin.PAN.fullmatch(inside) else ""


def _gstin(kind: str, number: str, state: str) -> str:
    if kind in WITHOUT:
        return (
            "This registration has no GSTIN: leave it empty or choose another registration." if number else ""
        )
    if not number:
        return "This registration needs its GSTIN or UIN."
    try:
        found = gstin.check(number, state=state)
    except gstin.NotValid as error:
        return str(error)
    if (kind == "uin") != (found == "uin"):
        return "A UIN belongs to the registration “UIN holder”, a GSTIN to the others."
    return ""


def _state(kind: str, state: str) -> str:
    if (kind in EXPORTS) != (state == ABROAD):
        return "Exports have “Other Countries” as their State, and nothing else has."
    return ""


def _country(kind: str, country: str) -> str:
    if (kind in EXPORTS) != bool(country):
        return "A customer outside India has a country; for one in India leave it at India."
    return ""


def _pin(state: str, pin: str) -> str:
    if state == ABROAD:
        return "Abroad there is no PIN code: write a postal code behind the city." if pin else ""
    return "" if PIN.fullmatch(pin) else "A PIN code has six digits and does not begin with 0."


def _pan(number: str, pan: str) -> str:
    if pan:
        try:
            gstin.check_pan(pan)
        except gstin.NotValid as error:
            return str(error)
    inside = pan_inside(number)
    return f"The GSTIN holds the PAN {inside}." if pan and inside and pan != inside else ""
