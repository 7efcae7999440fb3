"""The platform's door: usage records in batches."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import HasScope, KeyAuthentication, KeyRate
from accounts.models import ApiKey
from billing_portal import clock
from billing_portal.problems import LimitedJSON, TooLarge
from invoices import api_schema, usage


class UsageEvents(APIView):
    """`POST /api/v1/usage-events/`: at most 10,000 records; each gets its outcome (docs/usage.md)."""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)
    throttle_classes = (KeyRate,)
    parser_classes = (LimitedJSON,)
    renderer_classes = (JSONRenderer,)
    scope = ApiKey.Scope.TELEPHONY
    most_bytes = 8_000_000

    def post(self, request: Request) -> Response:
        key: ApiKey = request.auth  # type: ignore[assignment]  # the permission has seen it
        try:
            outcomes = usage.ingest(
                _records(request.data),
                source=key.source,
                only_account=key.account.ban if key.account else None,
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


class Schema(APIView):
    """The OpenAPI document of the API, open to everybody."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)

    def get(self, _request: Request) -> Response:
        return Response(api_schema.document())
