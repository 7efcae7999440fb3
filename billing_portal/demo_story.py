"""Who lives in the demo world and what happened to them: tables, and a pure function of today's date.

All names, numbers and addresses are invented: GSTINs have PANs that begin with ZZZ, mails end in .example.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from billing_portal.money import Paise

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
    ("billing", "billing@lotus.example",  "Bharat Shetty"),
    ("manager", "manager@lotus.example",  "Maya Iyer"),
    ("agent",   "agent@lotus.example",    "Arjun Das"),
    ("owner",   "owner@kamal.example",    "वैशाली पाटील"),
    ("owner",   "owner@dsouza.example",   "Peter D'Souza"),
    ("owner",   "owner@nandi.example",    "Nandini Gowda"),
    ("owner",   "owner@tulsi.example",    "Tulsi Deshmukh"),
    ("owner",   "owner@yamuna.example",   "Yash Malhotra"),
)
CUSTOMERS = (  # name, how many days ago they came
    ("Lotus Diagnostics Pvt Ltd", 760), ("लोटस डायग्नोस्टिक्स", 745), ("D'Souza & Daughters' Travels", 400),
    ("Nandi Cloud Exports Pvt Ltd", 330), ("Tulsi Co-operative Stores", 210), ("Yamuna Legal Associates", 1),
)
# fmt: on


@dataclass(frozen=True)
class Opened:
    """An account of the world; `fields` are the model's own."""

    ban: str
    customer: str
    days: int  # how many days ago it was opened
    fields: dict[str, Any]
    contact: str = ""


def _place(
    name: str, billing: str, address: str, city: str, pin: str, state: str, **more: str
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
LOTUS, KAMAL, TRAVELS, NANDI, TULSI, YAMUNA = (name for name, _days in CUSTOMERS)
ACCOUNTS = (
    Opened(
        "BA-100042", LOTUS, 760,
        _place("Main numbers", LOTUS, "12/3 MG Road, #4", "Bengaluru", "560001", "29",
               **_registered("29ZZZCL0101A1ZO")),
        contact="accounts@lotus.example",
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
               **_registered("29ZZZCN0103C1ZG", "sez_lut")),
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
)
MEMBERS = (
    ("BA-100042", "owner@lotus.example",   "owner"),
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
)
METHODS = (
    ("upi",        "UPI ····@okhdfcbank"),
    ("card",       "Visa ···· 1007"),
    ("netbanking", "Net banking HDFC"),
    ("upi",        "UPI ····@ybl"),
    ("card",       "RuPay ···· 0021"),
)
FAILURES = ("payment_cancelled", "insufficient_funds", "incorrect_otp", "bank_technical_error", "payment_timed_out")
# fmt: on


@dataclass(frozen=True)
class Told:
    """One thing that happened. `key` names it for good; amounts are paise, before tax for charges."""

    act: str  # a row of demo.ACTS
    on: date
    hour: int
    minute: int
    ban: str
    key: str
    amount: Paise = 0
    text: str = ""
    days: int = 7  # until a charge is due
    method: str = "upi"
    instrument: str = "UPI ····@okhdfcbank"


@dataclass
class Teller:
    """Tells the story of one account; days are counted back from today."""

    ban: str
    today: date
    told: list[Told] = field(default_factory=list)

    def charge(self, ago: int, rupees: int, text: str, *, due_days: int = 7) -> None:
        self._tell("charge", ago, amount=rupees * 100, text=text, days=due_days, hour=10)

    def pay_due(self, ago: int, rupees: int = 0) -> None:
        self._tell("pay-due", ago, amount=rupees * 100, hour=15)

    def recharge(self, ago: int, rupees: int) -> None:
        self._tell("recharge", ago, amount=rupees * 100, hour=12)

    def fail(self, ago: int, rupees: int) -> None:
        reason = FAILURES[len(self.told) % len(FAILURES)]
        self._tell("fail", ago, amount=rupees * 100, text=reason, hour=14)

    def _tell(self, act: str, ago: int, *, hour: int, **words: Any) -> None:
        turn = len(self.told)
        method, instrument = METHODS[(turn + int(self.ban[-2:])) % len(METHODS)]
        minute = (turn * 17 + int(self.ban[-2:])) % 60
        day = self.today - timedelta(days=ago)
        key = f"demo:{self.ban}:{turn}"
        self.told.append(
            Told(act, day, hour, minute, self.ban, key, method=method, instrument=instrument, **words)
        )


def story(today: date) -> Iterator[Told]:
    """Tell everything that happened until today, account by account."""
    for ban, tell in TELLERS.items():
        teller = Teller(ban, today)
        tell(teller)
        yield from teller.told
    yield Told("stray", today - timedelta(days=2), 17, 40, "", "demo:stray", amount=249_900)


def _months(teller: Teller, first: int, last: int, price: int) -> Iterator[tuple[int, int]]:
    """Bill each 30 days from `first` to `last` days ago: rental, and usage that breathes. Yield day and turn."""
    for turn, ago in enumerate(range(first, last - 1, -30)):
        month = teller.today - timedelta(days=ago)
        usage = price * (turn * 37 % 60) // 100
        teller.charge(ago, price + usage, f"Virtual numbers and calls, {month:%B %Y}")
        yield ago, turn


def _lotus(teller: Teller) -> None:
    """Two years of paying on time, a decline now and then; the last bill is due in five days."""
    for ago, turn in _months(teller, 722, 2, 2450):
        if ago > 2:
            if turn % 6 == 4:
                teller.fail(ago - 3, 3000)
            teller.pay_due(ago - 4)
    teller.charge(360, 3500, "Set-up of an IVR menu in Kannada")
    teller.pay_due(355)


def _home(teller: Teller) -> None:
    """Paid for a year, then two bills were left: overdue."""
    for ago, _turn in _months(teller, 414, 24, 1800):
        if ago > 60:
            teller.pay_due(ago - 6)
    teller.fail(12, 2400)


def _kamal(teller: Teller) -> None:
    """Prepaid for two years: recharges every other month, bills are set off at once."""
    for ago, turn in _months(teller, 725, 5, 1650):
        if turn % 2 == 0:
            teller.recharge(ago + 2, 5000)
        if turn == 9:
            teller.fail(ago + 3, 5000)
    teller.recharge(3, 6000)


def _travels(teller: Teller) -> None:
    """Pays in parts: something of the last bill is still open."""
    for ago, _turn in _months(teller, 364, 4, 1200):
        if ago > 4:
            teller.pay_due(ago - 5)
    teller.pay_due(1, 800)


def _goa(teller: Teller) -> None:
    """Young and prepaid, tax of another State."""
    teller.recharge(118, 3000)
    for ago, _turn in _months(teller, 110, 20, 480):
        if ago == 50:
            teller.recharge(49, 1500)


def _nandi(teller: Teller) -> None:
    """Zero-rated: no tax on bills or advances."""
    for ago, _turn in _months(teller, 313, 13, 4200):
        teller.pay_due(ago - 3)
    teller.recharge(8, 2500)


def _tulsi(teller: Teller) -> None:
    """One large recharge carries half a year."""
    teller.recharge(205, 10_000)
    for _month in _months(teller, 195, 15, 900):
        pass


TELLERS = {
    "BA-100042": _lotus,
    "BA-100043": _home,
    "BA-100051": _kamal,
    "BA-100064": _travels,
    "BA-100065": _goa,
    "BA-100077": _nandi,
    "BA-100083": _tulsi,
}
