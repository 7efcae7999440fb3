"""The way back as seen: the result page follows the platform; staff read the case and its stopwatch."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from tests import build, ladder
from tests.browser import NARROW, WIDE
from tests.journeys.test_look import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (NARROW, "dark")])
def test_the_way_back_is_seen(page, live_server, screenshot, no_axe_violations, size, theme):
    account = build.account()
    owed = ladder.bill(account, due=-31)
    ladder.sweep([-31, -24, -16, -1])
    paid = build.paid(account, owed.total // 100 + 1)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    sign_in(page, live_server, build.owner(account))
    page.goto(live_server.url + reverse("payment-result", args=[account.ban, paid.number]))
    page.get_by_text("Your lines are being switched on again").wait_for()
    no_axe_violations(page)
    screenshot(page, f"result-waiting-{theme}")

    account.restorations.update(confirmed_at=build.NOW + timedelta(seconds=9))

    page.get_by_text("Service restored at").wait_for()
    no_axe_violations(page)
    screenshot(page, f"result-restored-{theme}")
    User.objects.update(is_staff=True, is_superuser=True)
    for name, address in {
        "case": reverse("admin:credit_account_case", args=[account.pk]),
        "list": reverse("admin:credit_restoration_changelist"),
        "index": reverse("admin:index"),
    }.items():
        page.goto(live_server.url + address)
        screenshot(page, f"{name}-{theme}")
