"""What happened in the demo world: a pure function of today's date, account by account.

Cycles follow the accounts' anniversaries; what they use is told in demo_usage.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from billing_portal.money import Paise
from invoices import cycle
from invoices.cycle import Span

# fmt: off
METHODS = (
    ("upi",        "UPI ····@okhdfcbank"),
    ("card",       "Visa ···· 1007"),
    ("netbanking", "Net banking HDFC"),
    ("upi",        "UPI ····@ybl"),
    ("card",       "RuPay ···· 0021"),
)
FAILURES = ("payment_cancelled", "insufficient_funds", "incorrect_otp", "bank_technical_error", "payment_timed_out")
# fmt: on
DAY = timedelta(days=1)
BY_HAND = 20  # bills of Lotus before auto-pay


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
    plan: str = ""
    span: Span | None = None  # days of usage
    pace: int = 0  # calls a working day
    count: int = 1


@dataclass
class Teller:
    """Tells the story of one account. A moment is a date, or so many days ago as an int."""

    ban: str
    today: date
    told: list[Told] = field(default_factory=list)

    def months(self, plan: str, *, ago: int, count: int, pace: int) -> Iterator[tuple[date, int]]:
        """Activate a plan `count` cycles before the anniversary of `ago` days ago, then use and bill each cycle.

        Yield the day that each bill is issued on, and its turn; the running cycle is used until today.
        """
        last = self.today - timedelta(days=ago)
        begins = cycle.anniversary(last.year, last.month - count, last.day)
        self._tell("activate", begins, hour=10, plan=plan)
        yield begins, 0
        span = cycle.containing(begins, begins.day)
        turn = 0
        while span.ends_on < self.today:
            turn += 1
            self._tell(
                "use", span.ends_on, hour=23, minute=50, span=span, pace=pace * (85 + turn * 37 % 45) // 100
            )
            self._tell("bill", span.ends_on + DAY, hour=0, minute=40)
            yield span.ends_on + DAY, turn
            span = cycle.following(span, begins.day)
        self._tell("use", self.today, hour=23, minute=50, span=Span(span.starts_on, self.today), pace=pace)

    def charge(self, on: int | date, rupees: int, text: str, *, due_days: int = 7) -> None:
        self._tell("charge", on, amount=rupees * 100, text=text, days=due_days, hour=10)

    def pay_due(self, on: int | date, rupees: int = 0) -> None:
        self._tell("pay-due", on, amount=rupees * 100, hour=15)

    def recharge(self, on: int | date, rupees: int) -> None:
        self._tell("recharge", on, amount=rupees * 100, hour=12)

    def auto_pay(self, issued_on: date, *, fails: str = "") -> None:
        """Let auto-pay take care of a bill that is due a week after: looked at twice a day."""
        for days in range(1, 9):
            for hour, minute in ((8, 5), (18, 30)):
                self._tell("auto-pay", issued_on + days * DAY, hour=hour, minute=minute, text=fails)

    def fail(self, on: int | date, rupees: int) -> None:
        reason = FAILURES[len(self.told) % len(FAILURES)]
        self._tell("fail", on, amount=rupees * 100, text=reason, hour=14)

    def tell(self, act: str, on: int | date, **words: Any) -> None:
        """Tell of something less usual: an upgrade, an extra, a credit note, a late record."""
        self._tell(act, on, **({"hour": 11} | words))

    def _tell(self, act: str, on: int | date, *, hour: int, minute: int | None = None, **words: Any) -> None:
        turn = len(self.told)
        method, instrument = METHODS[(turn + int(self.ban[-2:])) % len(METHODS)]
        if minute is None:
            minute = (turn * 17 + int(self.ban[-2:])) % 60
        day = on if isinstance(on, date) else self.today - timedelta(days=on)
        key = f"demo:{self.ban}:{turn}"
        self.told.append(
            Told(act, day, hour, minute, self.ban, key, method=method, instrument=instrument, **words)
        )


def story(today: date) -> Iterator[Told]:
    """Tell everything that happened until today, account by account; nothing lies after today."""
    for ban, tell in TELLERS.items():
        teller = Teller(ban, today)
        tell(teller)
        yield from (told for told in teller.told if told.on <= today)
    yield Told("stray", today - timedelta(days=2), 17, 40, "", "demo:stray", amount=249_900)


def _lotus(teller: Teller) -> None:
    """Two years of paying on time, by auto-pay of late, a larger plan since; the last bill is due in five days."""
    for day, turn in teller.months("starter", ago=2, count=24, pace=38):
        if turn and day < teller.today - timedelta(days=3):
            if turn % 6 == 4:
                teller.fail(day + 2 * DAY, 3000)
            if turn <= BY_HAND:
                teller.pay_due(day + 3 * DAY)
            else:
                teller.auto_pay(day, fails="insufficient_funds" if turn == BY_HAND + 2 else "")
            if turn == BY_HAND + 2:
                teller.tell(
                    "pay-due", day + 7 * DAY, hour=19
                )  # the bank has said no: paid by card the same day
        elif not turn:
            teller.pay_due(day)
        if turn == 8:
            teller.tell("upgrade", day + 11 * DAY, plan="business")
        if turn == 12:
            teller.charge(day + 5 * DAY, 3500, "Set-up of an IVR menu in Kannada")
            teller.pay_due(day + 8 * DAY)
        if turn == 14:
            teller.tell("add-on", day + 9 * DAY, amount=15_000, text="Further virtual number", count=2)
        if turn == 20:
            teller.tell("late", day + 2 * DAY)
        if turn == BY_HAND:
            teller.tell("mandate", day + 9 * DAY)
    teller.auto_pay(teller.today - 2 * DAY)
    teller.tell("one-time", 1, amount=120_000, text="Recording storage, 50 GB")


def _home(teller: Teller) -> None:
    """Paid for a year, got a credit note, then left two bills: overdue."""
    for day, turn in teller.months("business", ago=24, count=14, pace=34):
        if day < teller.today - timedelta(days=60):
            teller.pay_due(day + 2 * DAY)
        if turn == 6:
            teller.tell(
                "credit-note", day + 12 * DAY, amount=24_000, text="Numbers out of service for four days"
            )
    teller.fail(12, 2400)


def _kamal(teller: Teller) -> None:
    """Prepaid for two years: recharges every other month, bills are set off at once; one recharge was charged back."""
    teller.recharge(735, 5000)
    for day, turn in teller.months("business", ago=5, count=24, pace=30):
        if turn % 2 == 0:
            teller.recharge(day - 2 * DAY if turn else day, 6000)
        if turn == 9:
            teller.fail(day - 3 * DAY, 5000)
    teller.recharge(40, 1500)
    for ago, state in ((31, "open"), (28, "under_review"), (9, "lost")):
        teller.tell("dispute", ago, amount=150_000, text=state)
    teller.recharge(3, 6000)


def _travels(teller: Teller) -> None:
    """A discount for a year, a smaller plan from the next cycle on; something of the last bill is still open."""
    for day, turn in teller.months("business", ago=4, count=12, pace=26):
        if not turn:
            teller.tell("discount", day, amount=1000, text="Welcome: 10 % off the rental", count=12, hour=13)
            teller.pay_due(day + DAY)
        elif day < teller.today - timedelta(days=5):
            teller.pay_due(day + 2 * DAY)
    teller.pay_due(1, 800)
    teller.tell("downgrade", 1, plan="starter")


def _goa(teller: Teller) -> None:
    """Young and prepaid, tax of another State; a part of the advance was given back."""
    teller.recharge(118, 3000)
    for day, turn in teller.months("starter", ago=20, count=3, pace=14):
        if turn == 2:
            teller.recharge(day + DAY, 1500)
    teller.tell("refund", 15, amount=20_000)


def _nandi(teller: Teller) -> None:
    """Zero-rated: no tax on bills or advances."""
    for day, _turn in teller.months("enterprise", ago=13, count=10, pace=40):
        teller.pay_due(day + 3 * DAY)
    teller.recharge(8, 2500)


def _tulsi(teller: Teller) -> None:
    """One large recharge carries half a year."""
    teller.recharge(205, 10_000)
    for _month in teller.months("starter", ago=15, count=6, pace=10):
        pass


def _ganga(teller: Teller) -> None:
    """New, with a small limit, a part of it owed, and most of the free minutes used: the rest is lived (demo_phone)."""
    teller.tell("activate", 12, hour=10, plan="starter")
    teller.pay_due(12)
    teller.charge(1, 60, "SIM card for the spare dispatch telephone")
    days = Span(teller.today - 11 * DAY, teller.today - DAY)
    teller.tell("fill", 1, hour=21, span=days, count=77)


TELLERS = {
    "BA-100042": _lotus,
    "BA-100043": _home,
    "BA-100051": _kamal,
    "BA-100064": _travels,
    "BA-100065": _goa,
    "BA-100077": _nandi,
    "BA-100083": _tulsi,
    "BA-100108": _ganga,
}
