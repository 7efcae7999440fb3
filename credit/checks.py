"""System check: the tables of credit/policy.py are sane."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from credit import policy


@register()
def credit_policy(**_kwargs: Any) -> list[CheckMessage]:
    return [Error(text, id=f"credit.E{number:03}") for number, text in enumerate(policy.problems(), start=1)]
