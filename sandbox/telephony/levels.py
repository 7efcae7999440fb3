"""What a service level and a kind of call are, as tables. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A feature in the portal's words; `weight` is its share of what people do by themselves, in percent."""

    feature: str
    direction: str
    is_call: bool
    weight: int
    unanswered: int  # percent of such calls


# fmt: off
KINDS = (
    #    feature          direction  is_call  weight  unanswered
    Kind("incoming",      "in",      True,    52,     15),
    Kind("click_to_call", "out",     True,    36,     25),
    Kind("sms",           "out",     False,    9,      0),
    Kind("whatsapp",      "out",     False,    3,      0),
)

# level → the directions that work there
LEVELS: dict[str, tuple[str, ...]] = {
    "active":           ("in", "out"),
    "outbound_blocked": ("in",),
    "suspended":        (),
    "archived":         (),
    "deleted":          (),
}
# fmt: on

BY_FEATURE = {kind.feature: kind for kind in KINDS}


def permits(level: str, kind: Kind) -> bool:
    return kind.direction in LEVELS[level]
