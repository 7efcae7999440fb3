"""People at the portal's door, by password alone."""

from django.urls import reverse

from tests import build


def sign_in(page, live_server, person):
    """Sign in as a person who has no second factor yet."""
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)
