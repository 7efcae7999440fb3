"""Home, and the gateway's doings as people read them: payments, events with their calls, webhooks, faults."""

import json

from starlette.responses import Response

from sandbox import deliveries, faults, mandates, webhooks
from sandbox.frame import day, empty, moment, show
from sandbox.instruments import BANK_METHODS
from sandbox.pages import Markup, join, render, rupees
from sandbox.paying import LABELS
from sandbox.store import Doc
from sandbox.tokens import status
from sandbox.world import World

TONES = {
    "captured": "good",
    "delivered": "good",
    "failed": "bad",
    "lost": "bad",
    "stopped": "bad",
    "confirmed": "good",
    "rejected": "bad",
    "cancelled": "bad",
    "authorized": "warn",
    "initiated": "warn",
    "paused": "warn",
    "waiting": "warn",
    "held": "warn",
}
NAMES = mandates.LABELS | LABELS
MOST_SHOWN = 30


def tag(word: str) -> Markup:
    return render("tag", tone=TONES.get(word, ""), word=word)


def home(world: World) -> Response:
    payments = world.store.find("payment", limit=5)
    body = render(
        "home",
        url=world.public_url,
        smtp=f"{world.options.host}:{world.smtp_port}",
        key_id=world.options.key_id,
        payments=payment_rows(payments)
        if payments
        else empty("No payments yet", "They appear as they are made."),
    )
    return show(world, "/", "The outside world, in a box", body)


def gateway(world: World) -> Response:
    payments = world.store.find("payment", limit=MOST_SHOWN)
    events = world.store.find("event", limit=MOST_SHOWN)
    rules = world.store.find("fault")
    hooks = webhooks.oldest_first(world)
    body = render(
        "gateway",
        payments=payment_rows(payments)
        if payments
        else empty("No payments yet", "Open a checkout, or pay by control."),
        events=join(_event(world, event) for event in events)
        or empty("No events yet", "A payment makes some."),
        hooks=join(_hook(hook) for hook in hooks)
        or empty("No webhooks", "Start with --webhook, or register one."),
        faults=join(rule_row(rule) for rule in rules) or empty("No faults set", "Everything goes well."),
        mandates=join(mandate_row(token) for token in world.store.find("token", limit=MOST_SHOWN))
        or empty("No mandates yet", "They appear as customers approve them."),
        alerts=join(render("alert", text=alert["text"]) for alert in world.store.find("alert")),
    )
    return show(world, "/gateway", "Gateway", body)


def payment_rows(payments: list[Doc]) -> Markup:
    rows = join(
        render(
            "payment_row",
            at=moment(payment["created_at"]),
            id=payment["id"],
            order=payment["order_id"] or "",
            method=NAMES.get(payment["method"], payment["method"].replace("_", " ").capitalize()),
            instrument=_masked(payment),
            state=tag(payment["status"]),
            why=payment["error_reason"] or "",
            amount=rupees(payment["amount"]) if payment["currency"] == "INR" else f"{payment['currency']} ?",
        )
        for payment in payments
    )
    return render("payment_table", rows=rows)


def mandate_row(token: Doc) -> Markup:
    return render(
        "mandate_row",
        method=NAMES[token["method"]],
        instrument=_masked(token),
        id=token["id"],
        ceiling=rupees(token["_max_amount"]),
        until=day(token["expired_at"]),
        state=tag(status(token)),
    )


def _masked(payment: Doc) -> str:
    instrument = str(payment.get("_instrument", ""))
    return f"···· {instrument[-4:]}" if payment["method"] in ("card", *BANK_METHODS) else instrument


def _event(world: World, event: Doc) -> Markup:
    calls = deliveries.of_event(world, event["id"])
    return render(
        "event",
        name=event["event"],
        id=event["id"],
        at=moment(event["created_at"]),
        states=join(tag(call["state"]) for call in calls) or tag("nobody listens"),
        calls=join(_attempt(attempt) for call in calls for attempt in deliveries.attempts(world, call["id"])),
        raw=json.dumps(json.loads(event["raw"]), ensure_ascii=False, indent=2),
    )


def _attempt(attempt: Doc) -> Markup:
    said = str(attempt["status"] or attempt["error"])
    return render(
        "attempt",
        at=moment(attempt["at"]),
        said=said,
        tone="good" if attempt["ok"] else "bad",
        url=attempt.get("url", ""),
        latency=attempt["latency_ms"],
    )


def _hook(hook: Doc) -> Markup:
    state = render(
        "tag", tone="good" if hook["enabled"] else "bad", word="on" if hook["enabled"] else "disabled"
    )
    return render("hook", url=hook["url"], events=", ".join(hook["events"]), state=state)


def rule_row(rule: Doc) -> Markup:
    where = {name: rule[name] for name in (*faults.PATTERNS, "nth", "probability") if name in rule}
    matching = ", ".join(f"{name} {value}" for name, value in where.items()) or "always"
    limit = "∞" if rule["count"] is None else rule["count"]
    return render(
        "rule",
        kind=rule["do"]["kind"].replace("_", " "),
        place=rule["on"],
        matching=matching,
        used=f"{rule['fired']} of {limit}",
        do=json.dumps(rule["do"], ensure_ascii=False),
    )
