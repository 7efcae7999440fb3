"""How a machine is let in: a bearer token, the scope that a view names, and a rate for each key."""

import time
from collections import Counter
from typing import Any, ClassVar

from django.conf import settings
from django.core.cache import cache
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts import api_keys
from accounts.models import ApiKey
from billing_portal import clock

MINUTE = 60  # seconds


class Machine:
    """Who asks, as the framework wants it: no person, but known by a key."""

    is_authenticated = True
    is_staff = False
    pk = None


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer kv_…`; the key is `request.auth`."""

    def authenticate(self, request: Request) -> tuple[Machine, ApiKey] | None:
        word, _, token = get_authorization_header(request).partition(b" ")
        if word.lower() != b"bearer":
            return None
        key = api_keys.verify(token.strip().decode("ascii", "replace"), now=clock.now())
        if key is None:
            raise AuthenticationFailed("This key is not known or has been revoked.")
        return Machine(), key

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """The key holds the view's `scope`, or that of the method where the view has `scopes`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        scope = getattr(view, "scopes", {}).get(request.method, view.scope)
        self.message = f"This key has not the scope “{scope}”."
        return isinstance(request.auth, ApiKey) and scope in request.auth.scopes


class IsOfAccount(BasePermission):
    """The key belongs to an account, not to the platform."""

    message = "This is a key of the platform. Ask with a key of the account."

    def has_permission(self, request: Request, _view: Any) -> bool:
        return isinstance(request.auth, ApiKey) and request.auth.ban is not None


class HasOwnSource(BasePermission):
    """A key of an account reports in the account's own space of ids; one made before this held is refused."""

    message = "This key shares its ids with others. Ask the operator for a new one."

    def has_permission(self, request: Request, _view: Any) -> bool:
        key = request.auth
        return isinstance(key, ApiKey) and (key.ban is None or key.source == api_keys.own_source(key.ban))


class MayAsk(HasOwnSource):
    """Asks what an account may do: the platform, or a key of an account with the scope read."""

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return False
        if key.ban is not None and ApiKey.Scope.READ in key.scopes:
            return True
        if ApiKey.Scope.TELEPHONY not in key.scopes:
            self.message = "This key has neither the scope “telephony” nor is it an account's with “read”."
            return False
        return super().has_permission(request, view)


class KeyRate(BaseThrottle):
    """So many requests a key and minute, as the setting API_RATE says, e.g. 600/min."""

    setting = "API_RATE"

    def allow_request(self, request: Request, _view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        most = int(getattr(settings, self.setting).partition("/")[0])
        return self.counted(request.auth.prefix, int(time.time()) // MINUTE) <= most

    def counted(self, prefix: str, minute: int) -> int:
        """Count a request; return how many of this key there were in the minute."""
        key = f"api-rate:{prefix}:{minute}"
        if cache.add(key, 1, timeout=2 * MINUTE):
            return 1
        try:
            return cache.incr(key)
        except ValueError:  # it ended between the two
            return 1

    def wait(self) -> float:
        """Return the seconds until the next minute."""
        return MINUTE - time.time() % MINUTE


class PlatformRate(KeyRate):
    """A wide bound (TELEPHONY_RATE) for who asks before each call, counted in each process: no way to the cache."""

    setting = "TELEPHONY_RATE"
    counts: ClassVar[Counter[str]] = Counter()
    minute = 0

    def counted(self, prefix: str, minute: int) -> int:
        kind = type(self)
        if kind.minute != minute:
            kind.minute = minute
            kind.counts.clear()
        kind.counts[prefix] += 1
        return kind.counts[prefix]
