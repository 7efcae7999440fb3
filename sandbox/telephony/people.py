"""What people do at a telephone, drawn from dice: whom they call, how long they talk, whether anybody answers."""

import random
from dataclasses import dataclass

from sandbox.telephony.levels import BY_FEATURE, KINDS

SHORTEST, LONGEST = 5, 3600  # seconds of talk


@dataclass(frozen=True)
class Wish:
    """A call or a message somebody wants. Seconds; `talk` 0 = nobody answers; `units` are a message's parts."""

    feature: str
    other: str  # the number at the far end
    number: int = 0  # which of the account's numbers, counted round
    ring: int = 0
    talk: int = 0
    units: int = 1
    expected: int | None = None  # seconds to ask the portal for; None = what the call will take

    @property
    def seconds(self) -> int:
        """Return what to hold: ringing and talk in begun minutes, one at least: nobody knows that none will answer."""
        if self.expected is not None:
            return self.expected
        return max(60, -(-(self.ring + self.talk) // 60) * 60)


def think_of(dice: random.Random, feature: str | None = None, *, longest: int = LONGEST) -> Wish:
    """Return what one person does; the same dice give the same wish. Nobody talks beyond `longest` seconds."""
    drawn = dice.choices(KINDS, weights=[kind.weight for kind in KINDS])[0]
    kind = BY_FEATURE[feature] if feature else drawn
    other = f"+91{dice.choice('6789')}{dice.randrange(10**9):09d}"
    number, ring, talk = dice.randrange(1000), dice.randint(3, 30), min(talk_time(dice), longest)
    units = dice.choice((1, 1, 1, 2, 3))
    answered = dice.randrange(100) >= kind.unanswered
    if not kind.is_call:
        return Wish(kind.feature, other, number, units=units)
    return Wish(kind.feature, other, number, ring, talk if answered else 0)


def talk_time(dice: random.Random) -> int:
    """Return seconds: most calls are a minute or two, a few are long."""
    return round(min(max(dice.lognormvariate(4.6, 0.9), SHORTEST), LONGEST))
