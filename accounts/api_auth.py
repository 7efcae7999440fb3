"""How a machine is let in: a bearer token, the scope that a view names, and a rate for each key."""

from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts import api_keys
from accounts.models import ApiKey
from billing_portal import clock


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
    """The key holds the view's `scope`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        self.message = f"This key has not the scope “{view.scope}”."
        return isinstance(request.auth, ApiKey) and view.scope in request.auth.scopes


class KeyRate(SimpleRateThrottle):
    """So many requests a key, as the setting API_RATE says, e.g. 600/min."""

    scope = "key"

    def get_rate(self) -> str:
        return settings.API_RATE

    def get_cache_key(self, request: Request, _view: Any) -> str | None:
        return f"api-rate:{request.auth.prefix}" if isinstance(request.auth, ApiKey) else None
