"""Whatever stands in an address, a cookie or a header: an answer, never a failure of ours."""

import uuid

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts import support
from accounts.support import Said
from tests import build, fakes

pytestmark = pytest.mark.django_db

# fmt: off
HOSTILE = {  # as they stand in an address
    "NUL":               "%00",
    "NUL inside":        "VI%002627",
    "invalid UTF-8":     "%ff%fe",
    "half a character":  "%e0%a4",
    "a surrogate":       "%ed%a0%80",
    "bidi marks":        "%e2%80%ae%e2%81%a6",
    "a line break":      "a%0d%0aSet-Cookie:x=1",
    "markup":            "%3Cscript%3Ealert(1)%3C/script%3E",
    "a formula":         "=HYPERLINK(1)",
    "quotes":            "'%22%5c;--",
    "wildcards":         "%25_%25%5c",
    "10,000 characters": "x" * 10_000,
    "4,400 digits":      "9" * 4_400,
    "a number of 19":    "9223372036854775808",
    "below zero":        "-1",
    "other digits":      "%e0%a5%a7%c2%b2",
    "no number":         "NaN",
    "day 0":             "0000-00-00",
    "a late day":        "9999-12-31",
    "nothing":           "",
}
READS = {  # what each page reads of its address
    "overview":        ("next",),
    "payments":        ("page", "choice", "own", "cancelled", "amount"),
    "payment-preview": ("choice", "own"),
    "payments-bank":   ("page",),
    "payment":         ("look",),
    "payment-result":  ("look", "part"),
    "auto-pay":        ("method", "left", "from", "ceiling"),
    "documents":       ("q", "year", "kind", "state", "page"),
    "document":        ("download",),
    "document-pdf":    ("download",),
    "usage":           ("first", "last", "feature", "after"),
    "usage-csv":       ("first", "last", "feature"),
    "what-if":         ("amount", "on", "days", "top_up"),
    "statement":       ("first", "last", "after"),
    "statement-csv":   ("first", "last"),
    "support":         ("state", "page"),
    "support-new":     ("about",),
    "conversation":    ("before", "after", "state"),
    "messages":        ("kind", "channel", "page"),
    "exports":         ("page",),
    "preferences":     ("tab",),
    "alerts":          ("page",),
    "api-keys":        ("page",),
    "team":            ("page",),
    "plan":            ("page",),
}
PARTIAL = ("payment", "payment-result", "auto-pay", "document-pdf", "conversation")  # answer a script with a part
# fmt: on


@pytest.fixture
def addresses(settings):
    """Every page that reads what stands in its address, of an account with something to show."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    account = build.account()
    build.limit(account, 50_000)  # its pages stay open
    build.subscribed(account)
    document = build.charge(account, 1000)
    talk = support.begin(
        account.pk,
        "A question",
        "general",
        Said("Why?", uuid.uuid4()),
        by=build.owner(account),
        now=build.NOW,
    )
    keys = {
        "document": {"slug": document.slug},
        "document-pdf": {"slug": document.slug},
        "conversation": {"conversation_id": talk.pk},
        "payment": (number := {"number": build.paid(account, 500).number}),
        "payment-result": number,
    }
    client = Client(raise_request_exception=False)
    client.force_login(build.owner(account))
    return client, {name: reverse(name, kwargs={"ban": account.ban, **keys.get(name, {})}) for name in READS}


def test_the_pages_are_open(addresses):
    client, pages = addresses

    found = {name: client.get(url).status_code for name, url in pages.items()}

    assert {name: status for name, status in found.items() if status != 200} == {"document-pdf": 202}


def failed(client, urls, **headers):
    """The addresses that are answered by a failure; a streamed file is read to its end."""
    odd = []
    for url in urls:
        response = client.get(url, headers=headers)
        if response.streaming:
            b"".join(response.streaming_content)
        if response.status_code >= 500:
            odd.append(url[:120])
    return odd


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_page_fails_for_what_its_address_says(value, addresses):
    client, pages = addresses
    asked = [f"{url}?{name}={value}" for page, url in pages.items() for name in READS[page]]

    in_parts = [f"{pages[page]}?{name}={value}" for page in PARTIAL for name in READS[page]]

    assert not failed(client, asked)
    assert not failed(client, in_parts, hx_request="true")


@pytest.fixture
def staff():
    client = Client(raise_request_exception=False)
    client.force_login(build.user("Staff", staff=True, superuser=True))
    return client


def filters(page):
    """The parameters that a list's filters read."""
    for one in page.list_filter:
        one = one[0] if isinstance(one, tuple) else one
        yield from [one, f"{one}__exact", f"{one}__gte"] if isinstance(one, str) else [one.parameter_name]


SHARP = ("a surrogate", "quotes", "4,400 digits", "a number of 19", "day 0", "other digits")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_staff_list_fails_for_what_its_address_says(name, staff):
    build.charge(build.account(), 100)
    asked = []
    for model, page in admin.site._registry.items():
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        names = ["q", "p", "o", *filters(page)] if name in SHARP else ["q"]
        asked += [f"{url}?{one}={HOSTILE[name]}" for one in names]

    assert not failed(staff, asked)


@pytest.mark.parametrize("value", [HOSTILE[name] for name in (*SHARP, "NUL", "10,000 characters")])
def test_no_row_of_staff_fails_for_what_its_address_says(value, staff):
    asked = []
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        asked += [
            reverse(f"{stem}_changelist") + f"{value}/{act}/" for act in ("change", "history", "delete")
        ]

    assert not failed(staff, asked)


@pytest.mark.parametrize(
    "address", ["/?next=%00", "/BA-1000%00", "/api/v1/schema/?x=a%00", "/admin/login/?next=/%00"]
)
def test_a_nul_in_an_address_is_refused_at_the_door(address):
    response = Client().get(address)

    assert response.status_code == 400
    assert ("problem+json" in response["Content-Type"]) == address.startswith("/api/")


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_path_fails_for_what_it_says(value, addresses, staff):
    client, pages = addresses
    asked = [f"/{value}", f"/{value}/payments/", f"/auth/join/{value}/", f"/api/v1/accounts/{value}/service/"]
    asked += [f"{url}{value}/" for url in pages.values()] + [f"/admin/{value}/", f"/static/{value}"]

    assert not failed(client, asked)
    assert not failed(staff, asked)


# fmt: off
ODD_WORDS = {
    "NUL":               "a\0b",
    "NUL in octal":      '"abcdefgh\\000ijkl"',
    "other characters":  "\u00ff\u00fe",
    "bidi marks":        "\u202e".encode().decode("latin-1"),
    "10,000 characters": "x" * 10_000,
    "half an address":   "http://[",
    "nothing":           "",
    "markup":            "<script>",
}
# fmt: on
COOKIES = ("sessionid", "csrftoken", "messages", "anything")
HEADERS = (
    "authorization", "accept", "accept-language", "if-none-match", "if-modified-since", "referer", "origin",
    "user-agent", "x-forwarded-for", "x-request-id", "x-correlation-id", "range", "content-encoding", "host",
    "hx-current-url", "hx-target", "hx-trigger", "hx-prompt", "x-sms-signature", "x-razorpay-signature",
)  # fmt: skip


@pytest.mark.parametrize("word", ODD_WORDS.values(), ids=ODD_WORDS.keys())
def test_no_cookie_and_no_header_makes_a_page_fail(word, addresses):
    client, pages = addresses
    key = client.cookies["sessionid"].value
    stranger = Client(raise_request_exception=False)
    odd = []
    for name in COOKIES:
        for url in ("/auth/login/", pages["overview"], "/admin/", "/profile/"):
            kept = "" if name == "sessionid" else f"; sessionid={key}"
            response = stranger.get(url, HTTP_COOKIE=f"{name}={word}{kept}")
            odd += [(name, url)] if response.status_code >= 500 else []
    for name in HEADERS:
        urls = [pages["overview"], "/api/v1/schema/", "/api/v1/accounts/BA-100001/service/", "/auth/login/"]
        odd += [(name, url) for url in failed(client, urls, **{name: word})]

    assert not odd
