"""Filters of staff's lists."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin


def worded(say: Callable[[str], str]) -> type[admin.AllValuesFieldListFilter]:
    """Make a filter of a field that holds codes: all that its rows have, each as `say` puts it."""

    class Worded(admin.AllValuesFieldListFilter):
        def choices(self, changelist: Any) -> Iterator[Any]:
            everything, *chosen = super().choices(changelist)
            yield everything
            for one in chosen:
                code, between, count = str(one["display"]).partition(" (")
                yield one | {"display": say(code) + between + count}

    return Worded


def capital(code: str) -> str:
    """Say a code with its words apart: credit-note → Credit note."""
    return code.replace("-", " ").replace("_", " ").capitalize()
