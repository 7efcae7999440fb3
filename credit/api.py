"""Doors of the platform (usage records, what an account may do, calls that start); an account's balance and alerts."""

import re
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_account import AccountView
from accounts.api_auth import HasOwnSource, HasScope, KeyAuthentication, KeyRate, MayAsk, PlatformRate
from accounts.models import Account, ApiKey
from billing_portal import clock
from billing_portal.problems import JSON as PROBLEM
from billing_portal.problems import LimitedJSON, TooLarge
from credit import alert_settings, api_answers, exposure, facts, holds, intake, service
from credit.models import Hold
from invoices import usage
from invoices.usage_checks import MOST_UNITS

CALL_ID = re.compile(r"[!-~]{1,64}")


class PlatformView(APIView):
    """A door for keys of the scope telephony."""

    authentication_classes = (KeyAuthentication,)
    permission_classes: tuple[type[BasePermission], ...] = (HasScope, HasOwnSource)
    throttle_classes: tuple[type[KeyRate], ...] = (PlatformRate,)
    parser_classes = (LimitedJSON,)
    renderer_classes = (JSONRenderer,)
    scope = ApiKey.Scope.TELEPHONY
    most_bytes = 10_000


class Service(PlatformView):
    """`GET /api/v1/accounts/{ban}/service/`: what the account may do now (docs/telephony.md). Two statements.

    The tag changes when the answer does: a platform that asks with If-None-Match gets 304 and no body. An account's own
    key asks with the scope read, as often as its other doors let it.
    """

    permission_classes = (MayAsk,)

    def get_throttles(self) -> list[KeyRate]:  # type: ignore[override]  # ours alone
        key = self.request.auth
        is_platforms = isinstance(key, ApiKey) and ApiKey.Scope.TELEPHONY in key.scopes
        return [PlatformRate() if is_platforms else KeyRate()]

    def get(self, request: Request, ban: str) -> HttpResponseBase:
        found = facts.by_ban([ban] if _is_theirs(request, ban) else [], now=clock.now())
        if not found:
            raise NotFound("No such account.")
        body, tag = service.written(service.answer(found[0]))
        response = HttpResponse(
            body, content_type="application/json", headers={"ETag": tag, "Cache-Control": "no-cache"}
        )
        if "If-None-Match" not in request.headers:
            return response
        return get_conditional_response(request._request, etag=tag, response=response) or response


class Holds(PlatformView):
    """`POST /api/v1/accounts/{ban}/holds/`: a call or message starts; the answer says how much of it may."""

    def post(self, request: Request, ban: str) -> Response:
        call_id, feature, asked = _start(request.data)
        account = Account.objects.filter(ban=ban).first() if _is_theirs(request, ban) else None
        if account is None:
            raise NotFound("No such account.")
        source = request.auth.source  # type: ignore[union-attr]  # the permission has seen the key
        try:
            placed = holds.place(account.pk, call_id, feature, asked, source=source, now=clock.now())
        except holds.Refused as no:
            problem = {
                "type": "about:blank",
                "title": "Conflict",
                "status": 409,
                "detail": "It may not start.",
            }
            return Response(problem | {"reason": no.why}, status=409, content_type=PROBLEM)
        except holds.CallDiffers as error:
            raise ValidationError(f"id: {error}.") from None
        except holds.WrongMeasure as error:
            raise ValidationError(f"{error}.") from None
        return Response(_told(placed.hold, asked), status=201 if placed.is_new else 200)


def _told(hold: Hold, asked: holds.Asked) -> dict[str, Any]:
    """Return a hold in the measure that it was asked for."""
    granted = {"seconds": hold.seconds} if asked.units is None else {"units": hold.units}
    return {"id": hold.call_id, "allowed": True, **granted, "expires_at": hold.expires_at}


def _is_theirs(request: Request, ban: str) -> bool:
    """Whether the key may speak of this account: the platform's of every one, an account's of its own."""
    key: ApiKey = request.auth  # type: ignore[assignment]  # the permission has seen it
    return key.ban in (None, ban)


def _start(body: Any) -> tuple[str, str, holds.Asked]:
    """Read what starts: its id, feature and how much. Raises ValidationError that names the field."""
    if not isinstance(body, dict) or set(body) not in (
        {"id", "feature", "seconds"},
        {"id", "feature", "units"},
    ):
        raise ValidationError("The body must be an object with just id, feature, and seconds or units.")
    call_id, feature = body["id"], body["feature"]
    if not isinstance(call_id, str) or not CALL_ID.fullmatch(call_id):
        raise ValidationError("id: 1 to 64 printable ASCII characters without spaces.")
    if not isinstance(feature, str) or len(feature) > 20:
        raise ValidationError("feature: a feature's code.")
    name, most = ("seconds", holds.LONGEST) if "seconds" in body else ("units", MOST_UNITS)
    if type(body[name]) is not int or not 1 <= body[name] <= most:
        raise ValidationError(f"{name}: a whole number from 1 to {most}.")
    return call_id, feature, holds.Asked(**{name: body[name]})


class UsageEvents(PlatformView):
    """`POST /api/v1/usage-events/`: at most 10,000 records; each gets its outcome (docs/usage.md)."""

    throttle_classes = (KeyRate,)
    most_bytes = 8_000_000

    def post(self, request: Request) -> Response:
        key: ApiKey = request.auth  # type: ignore[assignment]  # the permission has seen it
        try:
            outcomes = intake.take_in(
                _records(request.data),
                source=key.source,
                only_account=key.ban,
                now=clock.now(),
            )
        except usage.TooMany as error:
            raise TooLarge(str(error).capitalize() + ".") from None
        return Response(_answer(outcomes))


def _records(body: Any) -> list[Any]:
    found = body.get("records") if isinstance(body, dict) and set(body) == {"records"} else body
    if not isinstance(found, list):
        raise ParseError('The body must be {"records": [ … ]} or a list of records.')
    return found


def _answer(outcomes: list[usage.Outcome]) -> dict[str, Any]:
    counts = {usage.ACCEPTED: 0, usage.DUPLICATE: 0, usage.REJECTED: 0}
    for one in outcomes:
        counts[one.outcome] += 1
    return {**counts, "results": [one._asdict() for one in outcomes]}


class Balance(AccountView):
    """`GET …/balance/`: the four terms, the balance they make, the limit and what is left to it."""

    stays_open = True

    def get(self, _request: Request, ban: str) -> Response:  # noqa: ARG002 - the account is read by it
        now = clock.now()
        return Response(api_answers.balance(self.account, exposure.read(self.account, now=now), now=now))


class Alerts(AccountView):
    """`GET …/alerts/`: when the account is warned, who is told, and what was told last."""

    def get(self, _request: Request, ban: str) -> Response:  # noqa: ARG002 - the account is read by it
        account, limit = self.account, facts.of(self.account, now=clock.now()).limit
        return Response(api_answers.alerts(account, alert_settings.of(account), limit))
