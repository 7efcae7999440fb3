"""Menus, the phone's bar, charts and paper: what stands where it can be seen and pressed, whatever the width."""

import pytest

from tests import build
from tests.journeys.test_look import scene, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["scene"]


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_open_menus_stay_on_the_screen(scene, page, live_server, screenshot, no_axe_violations, width):
    person, addresses = scene
    page.set_viewport_size({"width": width, "height": 700})
    sign_in(page, live_server, person)
    page.goto(live_server.url + addresses["support"])

    for menu in ("who", "me", "more"):
        summary = page.locator(f"details.{menu} > summary")
        if width > 1000 and menu == "more":
            assert not summary.is_visible()
            continue
        summary.click()
        screenshot(page, f"menu-{menu}-{width}")
        no_axe_violations(page, is_covered=True)
        box = page.locator(f"details.{menu} > .sheet").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert box["y"] >= 0 and box["y"] + box["height"] <= 700
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")


WHERE = """() => [...document.querySelectorAll(".nav ul > li > .entry, .nav ul > li > .more > summary")]
    .filter(one => one.checkVisibility()).map(one => {
        const box = one.getBoundingClientRect();
        return {
            isMarked: one.matches("[aria-current]") || !!one.parentElement.querySelector(".sheet [aria-current]"),
            isOn: box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight,
            size: Math.min(box.width, box.height),
        };
    })"""


@pytest.mark.parametrize(
    "name", ["overview", "payments", "usage", "alerts", "preferences", "team", "support"]
)
def test_a_phones_bar_says_where_one_is_without_script(scene, browser, live_server, name):
    person, addresses = scene
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = context.new_page()
    sign_in(page, live_server, person)
    page.goto(live_server.url + addresses[name])

    buttons = page.evaluate(WHERE)

    assert len(buttons) == 5
    assert all(one["isOn"] and one["size"] >= 44 for one in buttons)
    assert sum(one["isMarked"] for one in buttons) == 1
    context.close()


def test_a_long_name_takes_one_line_of_the_side_bar(page, live_server):
    person = build.user("W" * 120)
    build.account(owner=person)
    sign_in(page, live_server, person)

    assert page.locator(".me > summary").bounding_box()["height"] < 60


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_letters_of_a_chart_do_not_scale_with_it(scene, page, live_server, width):
    person, addresses = scene
    page.set_viewport_size({"width": width, "height": 700})
    sign_in(page, live_server, person)
    page.goto(live_server.url + addresses["overview"])

    heights = page.locator(".chart .scale:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )

    assert heights and all(12 <= height <= 20 for height in heights)


@pytest.mark.parametrize("name", ["overview", "payments", "statement", "document", "usage"])
def test_a_printed_page_says_whose_it_is_and_leaves_out_what_is_pressed(
    scene, page, live_server, screenshot, name
):
    person, addresses = scene
    sign_in(page, live_server, person)
    page.goto(live_server.url + addresses[name])
    page.emulate_media(media="print")

    head = page.locator(".letterhead")
    assert head.is_visible() and person.memberships.order_by("pk")[0].account.ban in head.inner_text()
    for pressed in (".skip", ".side", ".tabs", "form", ".btn", "summary", "#pay"):
        assert page.locator(pressed).locator("visible=true").count() == 0, pressed
    screenshot(page, f"print-{name}")
