"""allauth's questions, answered for this house."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):
    """Nobody signs up here: an account begins with the operator, a member with an invitation."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False
