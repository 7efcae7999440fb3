"""Who lives in the demo world, and the price lists they are on: tables.

All names, numbers and addresses are invented: GSTINs have PANs that begin with ZZZ, mails end in .example.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

# fmt: off
STAFF = (  # group (or admin), e-mail, name
    ("support", "support@kaverivoice.example", "Sunita Pillai"),
    ("finance", "finance@kaverivoice.example", "Farhan Qureshi"),
    ("manager", "manager@kaverivoice.example", "Meera Krishnan"),
    ("auditor", "auditor@kaverivoice.example", "Arvind Menon"),
    ("admin",   "admin@kaverivoice.example",   "Anand Bhat"),
)
PEOPLE = (  # role, e-mail, name
    ("owner",   "owner@lotus.example",    "Asha Rao"),
    ("admin",   "admin@lotus.example",    "Anjali Menon"),
    ("billing", "billing@lotus.example",  "Bharat Shetty"),
    ("manager", "manager@lotus.example",  "Maya Iyer"),
    ("agent",   "agent@lotus.example",    "Arjun Das"),
    ("owner",   "owner@kamal.example",    "वैशाली पाटील"),
    ("owner",   "owner@dsouza.example",   "Peter D'Souza"),
    ("owner",   "owner@nandi.example",    "Nandini Gowda"),
    ("owner",   "owner@tulsi.example",    "Tulsi Deshmukh"),
    ("owner",   "owner@yamuna.example",   "Yash Malhotra"),
    ("owner",   "owner@ganga.example",    "Gauri Sinha"),
)
CUSTOMERS = (  # name, how many days ago they came
    ("Lotus Diagnostics Pvt Ltd", 760), ("लोटस डायग्नोस्टिक्स", 745), ("D'Souza & Daughters' Travels", 400),
    ("Nandi Cloud Exports Pvt Ltd", 330), ("Tulsi Co-operative Stores", 210), ("Yamuna Legal Associates", 1),
    ("Ganga Radio Cabs", 13),
)
WATCHED = "BA-100108", "owner@ganga.example"  # whose telephones never rest (demo_phone.py), and who may look
# fmt: on


@dataclass(frozen=True)
class Opened:
    """An account of the world; `fields` are the model's own."""

    ban: str
    customer: str
    days: int  # how many days ago it was opened
    fields: dict[str, Any]
    contact: str = ""
    phone: str = ""


def _place(
    name: str, billing: str, address: str, city: str, pin: str, state: str, **more: Any
) -> dict[str, Any]:
    words = {
        "name": name,
        "billing_name": billing,
        "address": address,
        "city": city,
        "pin": pin,
        "state": state,
    }
    return words | more


def _registered(gstin: str, kind: str = "regular") -> dict[str, str]:
    return {"registration": kind, "gstin": gstin, "pan": gstin[2:12]}


# fmt: off
LOTUS, KAMAL, TRAVELS, NANDI, TULSI, YAMUNA, GANGA = (name for name, _days in CUSTOMERS)
ACCOUNTS = (
    Opened(
        "BA-100042", LOTUS, 760,
        _place("Main numbers", LOTUS, "12/3 MG Road, #4", "Bengaluru", "560001", "29",
               **_registered("29ZZZCL0101A1ZO")),
        contact="accounts@lotus.example",
        phone="+919800000042",
    ),
    Opened(
        "BA-100043", LOTUS, 430,
        _place("Home collection", LOTUS, "88 Sampige Road", "Bengaluru", "560003", "29",
               **_registered("29ZZZCL0101A1ZO")),
    ),
    Opened(
        "BA-100051", KAMAL, 745,
        _place("लोटस डायग्नोस्टिक्स, पुणे", KAMAL, "शिवाजीनगर, जंगली महाराज रस्ता", "पुणे", "411005", "27",
               **_registered("27ZZZCL0102B1ZP")),
    ),
    Opened(
        "BA-100064", TRAVELS, 400,
        _place("Bookings & enquiries", TRAVELS, "St Mark's Road, 2nd Floor", "Bengaluru", "560001", "29"),
    ),
    Opened(
        "BA-100065", TRAVELS, 120,
        _place("Goa office", TRAVELS, "Rua 31 de Janeiro, Fontainhas", "Panaji", "403001", "30"),
    ),
    Opened(
        "BA-100077", NANDI, 330,
        _place("SEZ unit", NANDI, "Plot 7, Nandi SEZ, Phase II", "Devanahalli", "562110", "29",
               **_registered("29ZZZCN0103C1ZG", "sez_lut"), zero_rated_until=date(2035, 3, 31)),
    ),
    Opened(
        "BA-100083", TULSI, 210,
        _place("Stores hotline", TULSI, "5 Laxmi Road", "Pune", "411030", "27"),
    ),
    Opened(
        "BA-100090", YAMUNA, 1,
        _place("Chambers", "Yamuna Legal Associates", "4 Tilak Marg", "New Delhi", "110001", "07",
               **_registered("07ZZZAY0104D1ZC")),
    ),
    Opened(
        "BA-100108", GANGA, 13,
        _place("Dispatch desk", GANGA, "Cantonment, Station Road", "Varanasi", "221002", "09"),
        contact="accounts@ganga.example",
        phone="+919800000108",
    ),
)
MEMBERS = (
    ("BA-100042", "owner@lotus.example",   "owner"),
    ("BA-100042", "admin@lotus.example",   "admin"),
    ("BA-100042", "billing@lotus.example", "billing"),
    ("BA-100042", "manager@lotus.example", "manager"),
    ("BA-100042", "agent@lotus.example",   "agent"),
    ("BA-100043", "owner@lotus.example",   "owner"),
    ("BA-100043", "billing@lotus.example", "billing"),
    ("BA-100051", "owner@kamal.example",   "owner"),
    ("BA-100064", "owner@dsouza.example",  "owner"),
    ("BA-100065", "owner@dsouza.example",  "owner"),
    ("BA-100077", "owner@nandi.example",   "owner"),
    ("BA-100083", "owner@tulsi.example",   "owner"),
    ("BA-100090", "owner@yamuna.example",  "owner"),
    ("BA-100108", "owner@ganga.example",   "owner"),
)
# fmt: on


@dataclass(frozen=True)
class Prices:
    """One version of a price list, valid from so many days ago; prices of features in `PRICED`'s order."""

    plan: str
    days: int
    rental: int  # rupees
    set_up: int  # rupees
    unit_prices: tuple[int, ...]  # millipaise
    free_units: tuple[int, ...]


# fmt: off
PLANS = (  # code, name, description
    ("starter",    "Starter",    "One number, a simple menu, calls during office hours"),
    ("business",   "Business",   "Five numbers, call flows and recordings for a growing team"),
    ("enterprise", "Enterprise", "Twenty numbers and the lowest price a minute"),
)
PRICED = ("incoming", "click_to_call", "sms", "whatsapp")
PRICES = (
    Prices("starter",    900,  499,  250, (50_000, 80_000, 25_000,  90_000), ( 200,  200,  50,   0)),
    Prices("starter",    310,  599,  250, (50_000, 80_000, 25_000,  90_000), ( 200,  250,  50,   0)),
    Prices("business",   900, 1799,  500, (40_000, 60_000, 20_000,  80_000), ( 600, 1000, 200,  50)),
    Prices("business",   310, 1999,  500, (40_000, 60_000, 20_000,  80_000), ( 600, 1000, 250, 100)),
    Prices("enterprise", 900, 4499, 1000, (30_000, 45_000, 18_000,  75_000), (2000, 3000, 500, 200)),
)
# fmt: on
