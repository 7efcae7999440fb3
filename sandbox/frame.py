"""The frame of people's pages: navigation, the sandbox's sign and clock, times as people read them."""

from datetime import datetime, timedelta, timezone

from starlette.responses import Response

from sandbox.pages import Markup, join, page, render
from sandbox.world import World

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
ROOMS = (
    ("/", "Home"),
    ("/mail", "Mail"),
    ("/sms", "SMS"),
    ("/gateway", "Gateway"),
    ("/telephony", "Telephony"),
)


def show(world: World, here: str, title: str, body: Markup) -> Response:
    rooms = join(
        render(
            "room",
            path=path,
            name=name,
            current=Markup('aria-current="page"' if path == here else ""),
            count=count(world, path),
        )
        for path, name in ROOMS
    )
    clock = moment(world.clock.now()) + (", frozen" if world.clock.is_frozen else "")
    return page(render("frame", title=title, rooms=rooms, clock=clock, body=body), policy=POLICY)


def count(world: World, path: str) -> str:
    """Return how much waits in a room, as text; nothing for none."""
    kind = {"/mail": "mail", "/sms": "sms", "/gateway": "payment", "/telephony": "call"}.get(path)
    if kind is None:
        return ""
    number = world.store.execute("SELECT count(*) FROM docs WHERE kind = ?", kind).fetchone()[0]
    return str(number or "")


def day(at: float) -> str:
    """Return an Indian date as people read it: 9 Oct 2026."""
    local = datetime.fromtimestamp(at, INDIA)
    return f"{local.day} {local:%b %Y}"


def moment(at: float) -> str:
    """Return an instant as people in India read it: 9 Oct 2026, 18:02."""
    local = datetime.fromtimestamp(at, INDIA)
    return f"{local.day} {local:%b %Y, %H:%M}"


def empty(words: str, hint: str) -> Markup:
    return render("empty", words=words, hint=hint)
