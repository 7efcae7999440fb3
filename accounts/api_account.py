"""What the doors of an account's API have in common: whose key it is, what the address may ask, what is locked.

A foreign account and one that does not exist are the same answer. While an account is suspended or beyond, the same is
open as in the panel (PRODUCT § 3).
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_auth import HasScope, IsOfAccount, KeyAuthentication, KeyRate
from accounts.models import Account, ApiKey
from accounts.permissions import is_locked
from billing_portal import parameters
from billing_portal.parameters import Parameter
from billing_portal.problems import LimitedJSON, Refused

NOT_THERE = "No such account."


class OneKind(DefaultContentNegotiation):
    """Answers have one kind, whatever the request says that it accepts."""

    def select_renderer(self, _request: Request, renderers: Any, _format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class AccountView(APIView):
    """A door for keys of the account in its address: `self.account`, and `self.asked` what its parameters say."""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope, IsOfAccount)
    throttle_classes = (KeyRate,)
    parser_classes = (LimitedJSON,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = OneKind
    scope: ClassVar[str] = ApiKey.Scope.READ
    parameters: ClassVar[Sequence[Parameter]] = ()
    stays_open: ClassVar[bool] = False  # while the account is locked, as the panel's page of the same
    most_bytes = 10_000
    account: Account
    asked: Mapping[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the key in to its own account, and read what is asked. Two statements."""
        super().initial(request, *args, **kwargs)
        self.account = _own(request, kwargs["ban"])
        if is_locked(self.account) and not self.stays_open:
            level = self.account.get_wanted_level_display().lower()
            said = f"This is closed while the account is {level}. Payments, documents and the statement are open."
            raise Refused(403, said, "ACCOUNT_LOCKED")
        known = self.parameters if request.method in ("GET", "HEAD") else ()
        self.asked = parameters.read(known, request.query_params)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep every answer out of caches."""
        made = super().finalize_response(request, response, *args, **kwargs)
        made["Cache-Control"] = "no-store"
        return made

    def page(self, items: Sequence[Mapping[str, Any]], next_cursor: str) -> Response:
        """Answer a page of a list."""
        return Response({"account": self.account.ban, "items": items, "next_cursor": next_cursor or None})


def _own(request: Request, ban: str) -> Account:
    key: ApiKey = request.auth  # type: ignore[assignment]  # the permission has seen it
    account = Account.objects.filter(ban=ban).first() if key.ban == ban else None
    if account is None:
        raise NotFound(NOT_THERE)
    return account
