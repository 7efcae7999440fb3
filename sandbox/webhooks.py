"""Webhook URLs: any number, each with its own secret and event filter; one that fails for 24 h is disabled.

Each belongs to one provider: the gateway, or the SMS provider with its delivery reports (events `sms.…`).
"""

from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from sandbox.store import Doc
from sandbox.world import World

EVERY_EVENT = ["*"]
GATEWAY, SMS = PROVIDERS = ("gateway", "sms")


class WebhookRefused(Exception):
    """A webhook that cannot be registered; its text says why."""


def register(world: World, url: Any, secret: Any, events: Any = None, provider: Any = GATEWAY) -> Doc:
    """Add a URL. `events` are names, `*` allowed at the end; none means every event of the provider."""
    if provider not in PROVIDERS:
        raise WebhookRefused(f"provider must be one of {', '.join(PROVIDERS)}")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise WebhookRefused("url must be an http or https address")
    if not isinstance(secret, str) or not secret:
        raise WebhookRefused("secret must not be empty")
    if not isinstance(events or [], list):
        raise WebhookRefused("events must be a list of names")
    webhook = {"id": world.ids.new("wh"), "url": url, "secret": secret, "previous_secret": None}
    state = {"events": events or EVERY_EVENT, "enabled": True, "created_at": world.clock.seconds()}
    return world.store.put("webhook", webhook | state | {"provider": provider}, lookup=url)


def seed_webhooks(world: World) -> None:
    """Register the command line's URLs unless the state knows them."""
    options = world.options
    for url, secret, provider in (
        (options.webhook, options.webhook_secret, GATEWAY),
        (options.sms_webhook, options.sms_webhook_secret, SMS),
    ):
        if url and not world.store.find("webhook", lookup=url, limit=1):
            register(world, url, secret, provider=provider)


def oldest_first(world: World) -> list[Doc]:
    return world.store.find("webhook")[::-1]


def provider_of(webhook: Doc) -> str:
    """Return whose webhook it is; an older state knows only the gateway's."""
    return str(webhook.get("provider", GATEWAY))


def wants(webhook: Doc, event: str) -> bool:
    if event.startswith("sms.") != (provider_of(webhook) == SMS):
        return False
    return any(fnmatchcase(event, pattern) for pattern in webhook["events"])


def rotate_secret(world: World, webhook: Doc, secret: str) -> Doc:
    """Sign new events with `secret`; retries of older ones keep the secret of their time."""
    changed = {**webhook, "previous_secret": webhook["secret"], "secret": secret}
    return world.store.put("webhook", changed)


def enable(world: World, webhook: Doc) -> Doc:
    """Send new events again. What failed meanwhile waits for a replay."""
    return world.store.put("webhook", {**webhook, "enabled": True})


def disable(world: World, webhook: Doc) -> None:
    """Stop sending after a day of failures, and record the alert that would go out by mail."""
    world.store.put("webhook", {**webhook, "enabled": False})
    now = world.clock.seconds()
    text = f"Webhook {webhook['url']} failed for 24 hours and is disabled."
    world.store.put("alert", {"id": world.ids.new("alert"), "text": text, "created_at": now})
