"""Fault rules: what goes wrong, where, and how often. Set by the control plane, taken by the place they hit.

A rule hits one place (`on`): `request` (the HTTP APIs), `payment` (an attempt by a payer),
`event` (an event on its way to be owed), `attempt` (one webhook call), `token` (a mandate that is being approved),
`notification` (an announcement of a debit), `debit` (one that is due);
on the telephony platform `order` (one service order), `call` (a call or message about to begin), `record` (one that
is over) and `restart`; on the e-invoice portal `einvoice` (a document that is being registered). It matches by
pattern, then by `nth` match, `probability` (from a seed) and `count` (default 1; null = for ever).
"""

import random
from fnmatch import fnmatchcase
from typing import Any

from sandbox.odd_shapes import SHAPES
from sandbox.store import Doc
from sandbox.telephony.levels import LEVELS
from sandbox.world import World

PATTERNS = ("method", "path", "event", "url", "account", "document")
KINDS = {
    "request": ("delay", "reset", "truncate", "drip", "answer"),
    "payment": ("outcome", "amount", "currency"),
    "event": ("lost", "late", "duplicate", "duplicate_new_id", "shape"),
    "refund": ("fail", "processed_at_once", "speed_changed", "no_reference"),  # as it is made
    "settlement": (
        "adjustment",
        "partial",
        "failed",
        "row_missing",
        "row_duplicated",
        "wrong_fee",
        "late",
    ),  # as one is paid
    "attempt": ("bad_signature", "missing_signature", "old_secret", "tampered"),
    "order": ("lie", "wrong_level", "skew"),
    "call": ("overrun", "no_calls"),
    "record": ("late", "twice", "parallel", "out_of_order", "skew"),
    "restart": ("forgets",),
    "token": ("reject", "late", "dummy_payment"),
    "notification": ("fail", "late"),
    "einvoice": ("refuse", "forged", "differs"),  # as a document is registered
    "debit": ("fail", "silence", "pause", "cancel"),
}
FIELDS = {"on", *PATTERNS, "nth", "probability", "seed", "count", "do"}


class FaultRefused(Exception):
    """A rule that makes no sense; its text says why."""


def add(world: World, rule: Doc) -> Doc:
    """Set a rule; null is the same as left out, but for `count`. Raises FaultRefused."""
    rule = {name: value for name, value in rule.items() if value is not None or name == "count"}
    check(rule)
    kept = {
        "id": world.ids.new("fault"),
        "count": 1,
        "seed": world.ids.seed,
        **rule,
        "matched": 0,
        "fired": 0,
        "created_at": world.clock.seconds(),
    }
    return world.store.put("fault", kept)


def check(rule: Doc) -> None:
    unknown = sorted(set(rule) - FIELDS)
    if unknown:
        raise FaultRefused(f"unknown fields: {', '.join(unknown)}")
    check_when(rule)
    place, effect = rule.get("on"), rule.get("do")
    if place not in KINDS:
        raise FaultRefused(f"on must be one of {', '.join(KINDS)}")
    if not isinstance(effect, dict) or effect.get("kind") not in KINDS[place]:
        raise FaultRefused(f"do.kind on {place} must be one of {', '.join(KINDS[place])}")
    if effect["kind"] == "shape" and effect.get("shape") not in SHAPES:
        raise FaultRefused(f"do.shape must be one of {', '.join(SHAPES)}")
    if effect["kind"] == "wrong_level" and effect.get("level") not in LEVELS:
        raise FaultRefused(f"do.level must be one of {', '.join(LEVELS)}")
    needed = {
        "late": "seconds",
        "skew": "seconds",
        "overrun": "seconds",
        "delay": "seconds",
        "answer": "status",
        "amount": "amount",
        "adjustment": "amount",
        "outcome": "outcome",
        "refuse": "code",
    }
    missing = needed.get(effect["kind"]) or (
        "reason" if (place, effect["kind"]) == ("debit", "fail") else None
    )
    if missing and missing not in effect:
        raise FaultRefused(f"do.{missing} is missing")
    for name in ("amount", "rows"):
        if name in effect and type(effect[name]) is not int:
            raise FaultRefused(f"do.{name} must be a whole number")
    seconds = effect.get("seconds", 0)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise FaultRefused("do.seconds must be a number")


def check_when(rule: Doc) -> None:
    """Check what the rule matches and how often it fires: nothing may fail later, in the middle of a request."""
    for name in PATTERNS:
        if not isinstance(rule.get(name, ""), str):
            raise FaultRefused(f"{name} must be a pattern, like *")
    for name in ("nth", "count"):
        if type(rule.get(name) or 0) is not int:
            raise FaultRefused(f"{name} must be a whole number")
    chance = rule.get("probability", 0)
    if not isinstance(chance, int | float) or isinstance(chance, bool):
        raise FaultRefused("probability must be a number")


def take(world: World, place: str, **facts: str) -> list[dict[str, Any]]:
    """Return the effects that hit this place now, oldest rule first, and count them. Needs a unit."""
    effects = []
    for rule in reversed(world.store.find("fault")):
        if rule["on"] == place and matches(rule, facts) and not is_spent(rule):
            rule["matched"] += 1
            if fires(rule):
                rule["fired"] += 1
                effects.append(rule["do"])
            world.store.put("fault", rule)
    return effects


def matches(rule: Doc, facts: dict[str, str]) -> bool:
    return all(fnmatchcase(facts.get(name, ""), rule[name]) for name in PATTERNS if name in rule)


def is_spent(rule: Doc) -> bool:
    return rule["count"] is not None and rule["fired"] >= rule["count"]


def fires(rule: Doc) -> bool:
    """Decide for the match just counted: by its number, else by chance."""
    if "nth" in rule:
        return rule["matched"] == rule["nth"]
    if "probability" in rule:
        dice = random.Random(f"{rule['seed']}:{rule['id']}:{rule['matched']}")
        return dice.random() < rule["probability"]
    return True
