"""Acts on the chosen rows of a staff list: over a page that says what becomes of each, with a reason for the chain."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from billing_portal import clock
from billing_portal.staff_pages import PlainForm, ReasonField, cell, form_page, instead, person

COLUMNS = 4  # of the list, by which its rows are known again
SHOWN = 50  # rows, as many as a page of a list has

Act = Callable[[Any, HttpRequest, QuerySet, str], HttpResponse | None]
Action = Callable[[Any, HttpRequest, QuerySet], HttpResponse | None]


class Why(PlainForm):
    """Why something is done to the chosen rows."""

    reason = ReasonField()


def with_reason(lead: str, *, to: Callable[[Any], bool], others: str) -> Callable[[Act], Action]:
    """Make a list's action of `act`, which is given the reason that a person typed on a page of its own.

    `lead` says what it does, `to` tells to which rows; the others stay as they are and are shown with what `others`
    says of them. Where it would do nothing, it says so instead of asking. The rows may change until the person has
    answered, so `act` itself leaves out what is not in order any more.
    """

    def made(act: Act) -> Action:
        @functools.wraps(act)
        def action(this: admin.ModelAdmin, request: HttpRequest, rows: QuerySet) -> HttpResponse | None:
            is_sent = "reason" in request.POST
            form = Why(request.POST if is_sent else None)
            if is_sent and form.is_valid():
                return act(this, request, rows, form.cleaned_data["reason"])
            shown = list(rows[:SHOWN])
            if not any(map(to, shown)) and len(shown) < SHOWN:
                return instead(request, f"Nothing to do: {others}.", request.get_full_path())
            words = _words(this, request, shown, to, others) | {"lead": lead, "count": rows.count()}
            title: str = action.short_description  # type: ignore[attr-defined]  # given by admin.action
            return form_page(
                this,
                request,
                form,
                title,
                button=title,
                template="admin/list_act.html",
                code=act.__name__,
                **words,
            )

        return action

    return made


def _words(
    this: admin.ModelAdmin, request: HttpRequest, shown: list[Model], to: Callable[[Any], bool], others: str
) -> dict[str, Any]:
    columns = [str(name) for name in this.get_list_display(request)[:COLUMNS]]
    return {
        "head": [capfirst(str(label_for_field(name, this.model, this))) for name in columns],
        "table": [
            (row.pk, [cell(this, row, name) for name in columns], "" if to(row) else others) for row in shown
        ],
        "is_across": request.POST.get("select_across") == "1",
    }


def do_each(
    request: HttpRequest, rows: QuerySet, todo: QuerySet, act: Callable[..., bool], *, reason: str, said: str
) -> None:
    """Do `act` to those of the rows that are `todo`, with the reason, who and when; say of how many it was done.

    `act` returns whether there was something to do still.
    """
    words: dict[str, Any] = {"reason": reason, "by": person(request), "now": clock.now()}
    chosen = rows.count()
    count = sum(act(row, **words) for row in todo)
    messages.success(request, f"{count} of {chosen} {said}.")
