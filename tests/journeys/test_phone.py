"""On a phone every row of money or calls shows all it says: no amount stands beyond the screen's edge."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests import build
from tests.browser import NARROW, WIDE
from tests.journeys.test_look import look_at, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HIDDEN = """
    cells => cells.filter(cell => {
        const box = cell.getBoundingClientRect(), none = getComputedStyle(cell).display === "none";
        if (none) return !cell.querySelector(".muted");
        return box.left < 0 || box.right > innerWidth || cell.scrollWidth > box.width + 1;
    }).map(cell => cell.textContent)
"""


@pytest.fixture
def account():
    made = build.account()
    build.subscribed(made, now=build.NOW - timedelta(days=3))
    build.used(made, 1250)
    build.paid(made, "456789.50")
    build.charge(made, 98765)
    return made


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["narrow", "wide"])
def test_every_cell_is_within_the_screen(
    account, page, live_server, screenshot, no_axe_violations, viewport, theme
):
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    sign_in(page, live_server, build.owner(account))
    bill = account.documents.bills().newest_first()[0]
    for name, keys in (("statement", {}), ("usage", {}), ("document", {"slug": bill.slug})):
        page.goto(live_server.url + reverse(name, kwargs={"ban": account.ban, **keys}))
        look_at(page, f"rows-{name}", screenshot, no_axe_violations)
        assert page.locator(".list.named").count() or name == "document"
        assert page.locator(".list.named tbody td").evaluate_all(HIDDEN) == []
