"""How mandates stand at the gateway: asked after the checkout, at its calls, and by a sweep; the token decides.

The payment that approves a mandate may fail although the mandate holds, and a mandate may be confirmed days later.
Whoever hears first acts once, under the account's lock.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from accounts.models import Account
from billing_portal import clock
from billing_portal.unit import unit
from payments import mandate_messages, mandate_orders, mandate_policy, mandates, recharge
from payments.gateways import GatewayError, Refused
from payments.gateways.mandates import Attempt, GatewayMandates, GatewayToken, TokenState
from payments.gateways.mandates import mandates as gateway_mandates
from payments.mandate_policy import Turn
from payments.models import Mandate

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
State, PausedBy = Mandate.State, Mandate.PausedBy
CHANGES = (
    *(
        "state",
        "paused_by",
        "reason",
        "ceiling",
        "valid_until",
        "instrument",
        "expires_on",
        "gateway_token_id",
    ),
    *("active_at", "ended_at", "cancel_asked_at", "next_check_at", "checks"),
)


@dataclass(frozen=True)
class News:
    """What the gateway knows of a mandate: its token, or why the last attempt to approve it failed."""

    token: GatewayToken | None = None
    failure: str = ""


def follow(mandate_id: int, *, now: datetime) -> Mandate:
    """Ask the gateway how a mandate stands and act on it. Safe at any time, any number of times.

    Raises GatewayError when it cannot be asked; nothing has changed then.
    """
    mandate = Mandate.objects.select_related("account__customer", "first_payment").get(pk=mandate_id)
    if mandate.gateway_order_id is None and mandate.order_claimed_at:
        mandate = mandate_orders.look_for(mandate, now=now)
    if mandate.gateway_order_id is None:
        return take(mandate_id, News(), now=now)
    door = gateway_mandates()
    _book_rupee(mandate, now)
    told = take(mandate_id, _news(door, mandate), now=now)
    return _tell(door, told) if told.cancel_asked_at and told.next_check_at else told


def hear(token_id: str, *, now: datetime) -> Mandate | None:
    """Look at the mandate of a token that a call spoke of; None for one that is not known (yet).

    Raises GatewayError.
    """
    known = Mandate.objects.filter(gateway_token_id=token_id).values_list("pk", flat=True).first()
    return follow(known, now=now) if known else None


def sweep(*, now: datetime, limit: int = 100) -> int:
    """Look at mandates whose next look is due, at most `limit`; return how many. Safe to run in parallel."""
    due = _claim_due(now, limit)
    for mandate in due:
        try:
            follow(mandate.pk, now=now)
        except GatewayError as error:
            log.warning("mandate_not_followed", mandate=mandate.number, error=type(error).__name__)
            plan_next(mandate.pk, now=now)
    return len(due)


@unit
def _claim_due(now: datetime, limit: int) -> list[Mandate]:
    due = list(Mandate.objects.due(now).select_for_update(skip_locked=True)[:limit])
    Mandate.objects.filter(pk__in=[mandate.pk for mandate in due]).update(next_check_at=now + LEASE)
    return due


@unit
def plan_next(mandate_id: int, *, now: datetime) -> None:
    """Set the time of the next look after one that got no answer."""
    account = Account.objects.lock(Mandate.objects.values_list("account_id", flat=True).get(pk=mandate_id))
    mandate = Mandate.objects.select_for_update(of=("self",)).get(pk=mandate_id)
    mandate.account = account
    if mandate.next_check_at:
        _plan(mandate, now)
        mandate.save(update_fields=["next_check_at", "state", "reason", "ended_at"])


def _news(door: GatewayMandates, mandate: Mandate) -> News:
    if mandate.gateway_token_id:
        return News(_token(door, mandate.gateway_customer_id, mandate.gateway_token_id))
    attempts = door.attempts(mandate.gateway_order_id or "")
    named = {attempt.token_id for attempt in attempts if attempt.token_id}
    tokens = [door.token(mandate.gateway_customer_id, token_id) for token_id in sorted(named)]
    best = min(tokens, key=lambda token: list(TokenState).index(token.state), default=None)
    good = next((token for token in tokens if token.state == TokenState.CONFIRMED), best)
    return News(good, _failure(attempts))


def _token(door: GatewayMandates, customer_id: str, token_id: str) -> GatewayToken:
    """Return the token; one that the gateway knows no more is over."""
    try:
        return door.token(customer_id, token_id)
    except Refused as error:
        if not error.unknown_id:
            raise
        log.error("token_unknown", token=token_id)
        return GatewayToken(token_id, TokenState.CANCELLED, "", "", "", None, None, None)


def _failure(attempts: list[Attempt]) -> str:
    """Return why nothing came of all attempts, or "" while one may still succeed; the newest comes first."""
    tried = [attempt for attempt in attempts if attempt.reason != mandate_policy.DUMMY]
    if not tried or any(attempt.state != "failed" for attempt in attempts):
        return ""
    return tried[0].reason or "payment_failed"


def _book_rupee(mandate: Mandate, now: datetime) -> None:
    """Take in what was charged to approve it, once."""
    first = mandate.first_payment
    if first and not first.is_received and now < mandate.started_at + mandate_policy.PATIENCE:
        recharge.settle(first.pk, now=now)


@unit
def take(mandate_id: int, news: News, *, now: datetime) -> Mandate:
    """Act on the gateway's news of a mandate. The same news again does nothing new."""
    account = Account.objects.lock(Mandate.objects.values_list("account_id", flat=True).get(pk=mandate_id))
    mandate = Mandate.objects.select_for_update(of=("self",)).get(pk=mandate_id)
    mandate.account = account
    token = news.token
    if token:
        _learn(mandate, token)
        _turn(mandate, token, now)
    else:
        _wait(mandate, news.failure, now)
    if mandate.next_check_at:
        mandate.checks += 1
        _plan(mandate, now)
    mandate.save(update_fields=CHANGES)
    return mandate


def _turn(mandate: Mandate, token: GatewayToken, now: datetime) -> None:
    turn = mandate_policy.turn(mandate.state, token.state, was_active=mandate.active_at is not None)
    if turn == Turn.ACTIVATE:
        _activate(mandate, now)
    elif turn == Turn.PAUSE:
        mandate.state, mandate.paused_by = State.PAUSED, PausedBy.BANK
        mandate_messages.paused(mandate, now=now)
    elif turn == Turn.RESUME and mandate.paused_by == PausedBy.BANK:
        mandate.state, mandate.paused_by = State.ACTIVE, ""
        mandate.active_at = mandate.active_at or now
    elif turn == Turn.FAIL:
        _fail(mandate, token.reason or "no_answer", now)
        mandate.next_check_at = None
    elif turn == Turn.END:
        mandates.end(mandate, State.CANCELLED, "by_bank", now=now, at_bank=False)
    elif turn == Turn.TELL:
        mandate.cancel_asked_at = mandate.cancel_asked_at or now
        mandate.next_check_at = mandate.next_check_at or now
    elif turn == Turn.DONE:
        mandate.next_check_at = None


def _activate(mandate: Mandate, now: datetime) -> None:
    """Let a mandate stand in the place of the account's others; one that was begun later keeps its place."""
    others = Mandate.objects.standing().filter(account=mandate.account).exclude(pk=mandate.pk)
    if others.filter(active_at__isnull=False, started_at__gt=mandate.started_at).exists():
        mandates.end(mandate, State.CANCELLED, "replaced", now=now)
        return
    for other in others.filter(started_at__lte=mandate.started_at):
        other.account = mandate.account
        mandates.end(other, State.CANCELLED, "replaced", now=now)
    mandate.state, mandate.reason, mandate.ended_at = State.ACTIVE, "", None
    mandate.active_at, mandate.next_check_at = now, now
    mandate_messages.set_up(mandate, now=now)


def _wait(mandate: Mandate, failure: str, now: datetime) -> None:
    """Note a failed attempt; it counts once the customer has had time to try again on the same page."""
    if mandate.state != State.AWAITING:
        return
    mandate.reason = failure
    if failure and mandate_policy.is_final(mandate.started_at, now):
        _fail(mandate, failure, now)


def _fail(mandate: Mandate, reason: str, now: datetime) -> None:
    """Say that a mandate was not made. One that was never finished is closed without a message."""
    mandate.state, mandate.reason, mandate.ended_at = State.FAILED, reason[:120], now
    if reason != "abandoned":
        mandate_messages.failed(mandate, now=now)


def _learn(mandate: Mandate, token: GatewayToken) -> None:
    """Keep what the token says of itself: which instrument, and terms that are narrower than ours."""
    mandate.gateway_token_id = token.token_id
    mandate.instrument = token.instrument or mandate.instrument
    mandate.expires_on = token.card_month or mandate.expires_on
    if token.ceiling:
        mandate.ceiling = min(mandate.ceiling, token.ceiling)
    if token.valid_until:
        mandate.valid_until = min(mandate.valid_until, clock.business_date(token.valid_until))


def _plan(mandate: Mandate, now: datetime) -> None:
    """Set the next look; what is awaited too long has failed."""
    if mandate.is_over and mandate.cancel_asked_at and mandate.gateway_token_id:
        mandate.next_check_at = mandate_policy.tell_again(mandate.checks, now)
        return
    has_token = mandate.gateway_token_id is not None
    if mandate.state == State.AWAITING:
        why = mandate_policy.gives_up(since=mandate.started_at, has_token=has_token, now=now)
        if why:
            _fail(mandate, mandate.reason or why, now)
    mandate.next_check_at = mandate_policy.next_look(
        mandate.state, since=mandate.started_at, has_token=has_token, now=now
    )


def _tell(door: GatewayMandates, mandate: Mandate) -> Mandate:
    """Ask for the end of a mandate that is over for us. Raises GatewayError."""
    if mandate.is_over and mandate.gateway_token_id:
        door.cancel_token(mandate.gateway_customer_id, mandate.gateway_token_id)
    return mandate


def end_of_day(*, now: datetime) -> int:
    """End mandates that are over today or whose account is, warn of ending cards; return how many were touched.

    Repeating does nothing new. One account does not keep the others.
    """
    today = clock.business_date(now)
    standing = Mandate.objects.standing().select_related("account")
    return sum(_daily(mandate.pk, today, now) for mandate in standing.order_by("pk").iterator())


@unit
def _daily(mandate_id: int, today: date, now: datetime) -> bool:
    account = Account.objects.lock(Mandate.objects.values_list("account_id", flat=True).get(pk=mandate_id))
    mandate = Mandate.objects.select_for_update(of=("self",)).get(pk=mandate_id)
    mandate.account = account
    if mandate.is_over:
        return False
    if account.wanted_level in mandates.ENDED:
        mandates.end(mandate, State.CANCELLED, "account_ended", now=now)
        return True
    why = mandate_policy.ends(mandate.valid_until, mandate.expires_on, today)
    if why:
        mandates.end(mandate, State.EXPIRED, why, now=now)
        return True
    days = mandate_policy.warning(mandate.expires_on, today) if mandate.expires_on else None
    if days and mandate.active_at:
        mandate_messages.card_ends(mandate, days, now=now)
    return bool(days)
