"""When a refund needs a second person, when it is tried again and looked at, and how long people wait. Pure.

Source: PRODUCT § 8, gateway contract §§ 5, 19. Amounts are paise.
"""

from datetime import datetime, timedelta

ALONE = 100_000  # up to so much one person of staff may give back
SMALLEST = 100  # the gateway refunds no less
ONLINE_DAYS = 180  # the gateway refunds a payment for six months
TRIES = 8  # of sending, then a person looks
LEASE = timedelta(minutes=2)  # of one try: twice what the slowest call takes
BACK_WITHIN = "5 to 7 working days"

# fmt: off
LOOKS = (
    # until so long after it was asked for   every
    (timedelta(hours=1),                     timedelta(minutes=10)),
    (timedelta(days=2),                      timedelta(hours=1)),
    (timedelta(days=21),                     timedelta(hours=6)),
)
# fmt: on
REFERENCE_UNTIL = timedelta(days=14)  # after its processing: then the bank gives none any more
PASSING = ("in progress",)  # refusals of the gateway that go away by themselves


def next_try(tries: int, now: datetime) -> datetime | None:
    """Return when to send again after so many tries, or None when a person has to look."""
    return now + timedelta(minutes=2**tries) if tries < TRIES else None


def next_look(since: datetime, now: datetime) -> datetime:
    """Return when to ask the gateway again about a refund on its way; it never stops."""
    age = now - since
    return now + next((every for until, every in LOOKS if age < until), timedelta(days=1))


def passes(error: str) -> bool:
    """Whether what the gateway refused may work in a moment."""
    return any(word in error for word in PASSING)
