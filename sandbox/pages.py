"""HTML from the templates in `pages/`: `${name}` is escaped, unless the value is Markup already."""

import html
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from starlette.responses import HTMLResponse

FOLDER = Path(__file__).parent / "pages"


class Markup(str):
    """Text that is HTML already."""


@cache
def template(name: str) -> Template:
    return Template((FOLDER / f"{name}.html").read_text(encoding="utf-8"))


def render(name: str, /, **values: Any) -> Markup:
    """Fill a template; every name in it must be given."""
    safe = {
        key: value if isinstance(value, Markup) else html.escape(str(value)) for key, value in values.items()
    }
    return Markup(template(name).substitute(safe))


def join(parts: Iterable[Markup]) -> Markup:
    return Markup("\n".join(parts))


def page(content: Markup, *, policy: str, status: int = 200) -> HTMLResponse:
    """Answer with a page under its content security policy."""
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(content, status_code=status, headers=headers)


def rupees(paise: int) -> str:
    """Return ₹12,34,567.50: Indian grouping, always two decimals."""
    whole, rest = divmod(abs(paise), 100)
    digits = str(whole)
    head, tail = digits[:-3], digits[-3:]
    while head:
        head, tail = head[:-2], f"{head[-2:]},{tail}"
    return f"{'−' if paise < 0 else ''}₹{tail}.{rest:02d}"
