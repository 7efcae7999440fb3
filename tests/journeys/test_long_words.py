"""Names of one word, as long as a name may be, and a text of one word of 5,000 letters: no page scrolls sideways."""

import pytest

from tests import build, fakes
from tests.hostile.test_ways_out import SHOWN, marked
from tests.journeys.desks import sign_in
from tests.panel.test_access import address

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_one_long_word_scrolls_no_page_sideways(page, live_server, settings):
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    account, things = marked("W" * 120)
    account.conversations.get().messages.update(text="W" * 5_000)
    sign_in(page, live_server, build.owner(account))
    page.set_viewport_size({"width": 320, "height": 700})

    wide = {}
    for name in SHOWN:
        page.goto(live_server.url + address(name, account.ban, things))
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[name] = width

    assert wide == {}
