"""May this call or message begin? Asks the portal, holds it there, and decides what its silence means.

The switch `portal_silent` says: `last_answer` goes by what the portal said within the last 15 minutes,
`refuse` lets nothing begin.
"""

from dataclasses import replace
from typing import Any

from sandbox.store import Doc
from sandbox.telephony.calls import Verdict
from sandbox.telephony.levels import BY_FEATURE
from sandbox.telephony.portal import Portal, Said
from sandbox.world import World

AN_ANSWER_LASTS = 900  # virtual seconds
TRIES = 2  # of one hold: it is the same call each time


async def verdict(world: World, portal: Portal, call: Doc) -> Verdict:
    """Return what becomes of a dialled call."""
    asked = await ask(world, portal, call["account"])
    if isinstance(asked, Verdict):
        return asked
    may = asked.get(call["feature"])
    if not isinstance(may, dict):
        return Verdict("refused", "NOT_OFFERED")
    if may.get("allowed") is not True:
        return Verdict("refused", str(may.get("reason") or "NOT_ALLOWED"))
    if BY_FEATURE[call["feature"]].is_call:
        return await hold(world, portal, call, may, "seconds", call["expected"])
    whole_or_nothing = enough(call, Verdict("running", granted=whole(may.get("units"))))
    if whole_or_nothing.state != "running":
        return whole_or_nothing  # a hold would only keep others from the little that is left
    return enough(call, await hold(world, portal, call, may, "units", call["units"]))


async def ask(world: World, portal: Portal, ban: str) -> Doc | Verdict:
    """Return what each feature of the account may do, as the portal says now or said last."""
    kept = world.store.get("service_answer", ban) or {"etag": "", "features": {}, "at": 0}
    era = world.era
    said = await portal.service(ban, kept["etag"])
    if said.status == 304 or (said.is_good and isinstance(said.body.get("features"), dict)):
        features: Doc = kept["features"] if said.status == 304 else said.body["features"]
        etag = kept["etag"] if said.status == 304 else said.etag
        fresh = {"id": ban, "etag": etag, "features": features, "at": world.clock.now()}
        if world.era == era:
            with world.store.unit():
                world.store.put("service_answer", fresh)
        return features
    return on_silence(world, kept, said) if said.is_silent or said.is_good else refused(said)


def on_silence(world: World, kept: Doc, said: Said) -> Doc | Verdict:
    if world.switch("portal_silent") == "last_answer" and world.clock.now() - kept["at"] <= AN_ANSWER_LASTS:
        features: Doc = kept["features"]
        return features
    return Verdict("failed", f"PORTAL_SILENT: {said.words}")


async def hold(world: World, portal: Portal, call: Doc, may: Doc, measure: str, wanted: int) -> Verdict:
    """Hold `seconds` of a call or `units` of a message at the portal; the same one again is the same hold."""
    body = {"id": call["id"], "feature": call["feature"], measure: wanted}
    said = Said(None)
    for _ in range(TRIES):
        said = await portal.hold(call["account"], body)
        if not said.is_silent:
            break
    if said.is_good and said.body.get("allowed") is True:
        return Verdict("running", granted=whole(said.body.get(measure)), is_held=True)
    if said.status == 409 or said.is_good:
        return Verdict("refused", str(said.body.get("reason") or "NOT_ALLOWED"))
    if said.is_silent and world.switch("portal_silent") == "last_answer":
        return Verdict("running", granted=whole(may.get(measure)))
    return Verdict("failed", f"PORTAL_SILENT: {said.words}") if said.is_silent else refused(said)


def enough(message: Doc, verdict: Verdict) -> Verdict:
    """Refuse a message of which only some parts are granted: it goes whole or not at all."""
    if verdict.granted is None or verdict.granted >= message["units"]:
        return verdict
    return replace(verdict, state="refused", reason="INSUFFICIENT_BALANCE")


def refused(said: Said) -> Verdict:
    """The portal understood, and will not have it: wrong key, unknown account, wrong shape."""
    return Verdict("failed", f"PORTAL_{said.status}: {said.body.get('detail') or said.words}")


def whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
