"""Who may open what: every address × role × method, in one table. An address without a row fails."""

import copy
import threading
import uuid

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import api_keys, invitations
from accounts.models import Contact, Member
from invoices import exports
from payments import claims
from tests import build, fakes
from tests.accounts.test_support import begun as begun_talk
from tests.payments.mandates import begun, planned

pytestmark = pytest.mark.django_db

ANY_TOKEN = "5b8f6a52-3c0f-4d3e-9a0e-8f0f3f1d2c11"
MEMBERS = ("owner", "admin", "billing", "manager", "agent")
OUTSIDERS = ("stranger", "staff")

# What each role gets of its own account, of a foreign or absent one, and signed out. "login" is the way to
# the sign-in; a number is a status. Rights: owner, admin and billing see and pay; manager and agent do not.
# fmt: off
PAGES = {
    # name               method  owner admin billing manager agent
    "overview":         (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "payments":         (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "payment-preview":  (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "payment-start":    (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "payments-bank":    (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "bank-account":     (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "claim-declare":    (("GET",  405,  405,   405,    405,   405),
                         ("POST", 422,  422,   422,    403,   403)),
    "claim-withdraw":   (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "payment":          (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "payment-checkout": (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "payment-result":   (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "auto-pay":         (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "auto-pay-set-up":  (("GET",  405,  405,   405,    405,   405),
                         ("POST", 422,  422,   422,    403,   403)),
    "auto-pay-limits":  (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "auto-pay-top-up":  (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "auto-pay-checkout": (("GET", 200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "auto-pay-pause":   (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "auto-pay-resume":  (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "auto-pay-cancel":  (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "debit-stop":       (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "documents":        (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "document-pdf":     (("GET",  202,  202,   202,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "document":         (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "document-problem": (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "payment-advice":   (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "usage":            (("GET",  200,  200,   200,    200,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "usage-csv":        (("GET",  200,  200,   200,    200,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "alerts":           (("GET",  200,  200,   200,    403,   403),
                         ("POST", 422,  422,   422,    403,   403)),
    "alert-recipient-add": (("GET", 405,  405,   405,    405,   405),
                         ("POST", 422,  422,   422,    403,   403)),
    "alert-recipient":  (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "preferences":      (("GET",  200,  200,   200,    200,   200),
                         ("POST", 422,  422,   422,    422,   422)),
    "preferences-account": (("GET", 200, 200,  200,    403,   403),
                         ("POST", 422,  422,   422,    403,   403)),
    "contact-add":      (("GET",  405,  405,   405,    405,   405),
                         ("POST", 422,  422,   422,    403,   403)),
    "contact-change":   (("GET",  405,  405,   405,    405,   405),
                         ("POST", 422,  422,   422,    403,   403)),
    "api-keys":         (("GET",  200,  200,   403,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "api-key-make":     (("GET",  405,  405,   405,    405,   405),
                         ("POST", 422,  422,   403,    403,   403)),
    "api-key-revoke":   (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   403,    403,   403)),
    "team":             (("GET",  200,  200,   403,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "team-invite":      (("GET",  405,  405,   405,    405,   405),
                         ("POST", 422,  422,   403,    403,   403)),
    "invitation-resend": (("GET", 405,  405,   405,    405,   405),
                         ("POST", 422,  422,   403,    403,   403)),  # it was sent this very minute
    "invitation-withdraw": (("GET", 405, 405,  405,    405,   405),
                         ("POST", 302,  302,   403,    403,   403)),
    "member-role":      (("GET",  405,  405,   405,    405,   405),
                         ("POST", 422,  422,   403,    403,   403)),
    "member-remove":    (("GET",  405,  405,   405,    405,   405),
                         ("POST", 422,  422,   403,    403,   403)),  # of the only owner
    "what-if":          (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "archive-return":   (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "statement":        (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "statement-csv":    (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "plan":             (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "plan-keep":        (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "plan-upgrade":     (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "plan-upgrade-now": (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "plan-switch":      (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "support":          (("GET",  200,  200,   200,    200,   200),
                         ("POST", 405,  405,   405,    405,   405)),
    "support-new":      (("GET",  200,  200,   200,    200,   200),
                         ("POST", 302,  302,   302,    302,   302)),
    "conversation":     (("GET",  200,  200,   200,    404,   404),   # another person's, about a bill
                         ("POST", 405,  405,   405,    405,   405)),
    "conversation-write": (("GET", 405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    404,   404)),
    "conversation-turn": (("GET", 405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    404,   404)),
    "messages":         (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "message":          (("GET",  200,  200,   200,    403,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "exports":          (("GET",  200,  200,   200,    200,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "export-ask":       (("GET",  405,  405,   405,    405,   405),
                         ("POST", 302,  302,   302,    403,   403)),
    "export":           (("GET",  200,  200,   200,    404,   403),
                         ("POST", 405,  405,   405,    405,   405)),
    "export-file":      (("GET",  302,  302,   302,    404,   403),
                         ("POST", 405,  405,   405,    405,   405)),
}
OPEN = {
    # name               signed out         signed in
    #                    GET      POST      GET   POST
    "home":             ("login", 405,      302,  405),
    "profile":          ("login", "login",  200,  422),
    "join":             (404,     404,      404,  404),   # identified by its token; this one is nobody's
    "gateway-return":   (405,     302,      405,  302),   # identified by its order, not by a session
    "gateway-webhook":  (405,     400,      405,  400),   # identified by its signature
    "service":          (401,     401,      401,  401),
    "holds":            (401,     401,      401,  401),
    "api-balance":      (401,     401,      401,  401),   # who may ask what: tests/api/test_access.py
    "api-amounts":      (401,     401,      401,  401),
    "api-alerts":       (401,     401,      401,  401),
    "api-auto-pay":     (401,     401,      401,  401),
    "api-payments":     (401,     401,      401,  401),
    "api-payment":      (401,     401,      401,  401),
    "api-documents":    (401,     401,      401,  401),
    "api-document":     (401,     401,      401,  401),
    "api-document-pdf": (401,     401,      401,  401),
    "api-usage":        (401,     401,      401,  401),
    "api-usage-records": (401,    401,      401,  401),
    "api-statement":    (401,     401,      401,  401),
    "sms-report":       (405,     400,      405,  400),   # identified by its signature
    "usage-events":     (401,     401,      401,  401),   # identified by its key
    "api-nowhere":      (404,     404,      404,  404),
    "api-schema":       (200,     405,      200,  405),
    "api-docs":         (200,     405,      200,  405),
    "session-end":      (405,     "login",  405,  404),   # of another person, or of nobody
    "demo-clock":       (404,     404,      404,  404),   # a demo's only
    "favicon":          (302,     405,      302,  405),
    "healthz":          (200,     405,      200,  405),
    "readyz":           ((200, 503), 405,   (200, 503), 405),
    # sampled of those that others bring
    "account_login":          (200,     200,  302,  302),
    "account_change_password": ("login", "login", 200, 200),
    "mfa_index":              ("login", "login", 200, 405),
    "usersessions_list":      ("login", "login", 200, 302),
    "admin:index":            ("login", "login", "login", "login"),
}
# fmt: on
NUMBERED = {"session-end": {"session_id": 999_999_999}}
OF_KEY = ("service", "holds", *(name for name in OPEN if name.startswith("api-") and OPEN[name][0] == 401))
SLUGS = {"api-payment": {"number": "PAY2627-000001"}, "api-document": {"slug": "VI-2627-000001"}}
SLUGS["api-document-pdf"] = SLUGS["api-document"]  # a key, of the account in the address, says whose it is
OTHERS = ("account_", "mfa_", "usersessions_", "admin:")  # allauth's and the admin's, sampled above


def names(patterns, namespace=""):
    """Every name of the resolver; a pattern without one stands by its text."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield namespace + (pattern.name or str(pattern.pattern))


def test_every_address_has_a_row():
    ours = {name for name in names(get_resolver().url_patterns) if not name.startswith(OTHERS)}

    assert ours == set(PAGES) | {name for name in OPEN if not name.startswith(OTHERS)}


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """The scene, made once for all tests here and rolled back after them; and the gateway that belongs to it."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("billing_portal.clock.now", lambda: build.NOW)
        with override_settings(GATEWAY="tests.fakes.FakeGateway"):
            fakes.FakeGateway.world = fakes.World()
            everything = _everything()
        yield everything, fakes.FakeGateway.world
        transaction.set_rollback(True)


@pytest.fixture
def scene(made, world, db):
    """An account with one of everything, the same for a stranger, and a person of every role: as they were made."""
    everything, gateway = made
    fakes.FakeGateway.world = copy.deepcopy(gateway, {id(gateway.lock): threading.Lock()})
    return everything


def _everything():
    own, foreign = build.account(), build.account()
    people = {"owner": build.owner(own)} | {role: build.member(own, role).user for role in MEMBERS[1:]}
    people |= {"stranger": build.owner(foreign), "staff": build.user("Staff", staff=True)}
    things = {}
    large = build.plan("large", rental=900_000)
    for account in (own, foreign):
        build.subscribed(account)
        invoice = build.charge(account, 1000)
        export = exports.ask(
            "documents-zip",
            token=uuid.uuid4(),
            account=account,
            user=build.owner(account),
            parameters={},
            now=build.NOW,
        )
        things[account.ban] = {
            "debit": planned(account).number,
            "mandate": begun(account).number,
            "number": build.payment(account, 500).number,
            "slug": invoice.slug,
            "code": large.code,
            "token": export.token,
            "claim_id": claims.declare(
                account.pk,
                claims.Said("cheque", "4321", 5000, build.NOW.date()),
                token=uuid.uuid4(),
                by=build.owner(account),
                now=build.NOW,
            ).pk,
            "member_id": account.members.get(role="owner").pk,
            "invitation_id": invitations.invite(
                account.pk, "new@example.in", "billing", actor=build.owner(account), now=build.NOW
            ).pk,
            "conversation_id": begun_talk(account).pk,
            "notice_id": account.notices.filter(name="invoice-issued")[0].pk,
            "key_id": api_keys.issue(
                "Books", ["read"], account=account, actor=build.owner(account), reason="test", now=build.NOW
            ).key.pk,
            "contact_id": Contact.objects.create(account=account, name="Desk", email="desk@example.in").pk,
        }
    return own, foreign, people, things


MANDATES = (
    "auto-pay-checkout",
    "auto-pay-pause",
    "auto-pay-resume",
    "auto-pay-cancel",
)  # by their own number
KEYS = {
    **dict.fromkeys(MANDATES, ("mandate",)),
    "debit-stop": ("debit",),
    **dict.fromkeys(("payment", "payment-checkout", "payment-result"), ("number",)),
    **dict.fromkeys(("document", "document-pdf", "document-problem"), ("slug",)),
    **dict.fromkeys(("plan-upgrade", "plan-upgrade-now", "plan-switch"), ("code",)),
    **dict.fromkeys(("export", "export-file"), ("token",)),
    **dict.fromkeys(("alert-recipient", "contact-change"), ("contact_id",)),
    **dict.fromkeys(("invitation-resend", "invitation-withdraw"), ("invitation_id",)),
    **dict.fromkeys(("member-role", "member-remove"), ("member_id",)),
    "api-key-revoke": ("key_id",),
    "claim-withdraw": ("claim_id",),
    **dict.fromkeys(("conversation", "conversation-write", "conversation-turn"), ("conversation_id",)),
    "message": ("notice_id",),
}


def address(name, ban, things):
    if name == "debit-stop":
        return reverse(name, kwargs={"ban": ban, "number": things["debit"]})
    if name in MANDATES:
        return reverse(name, kwargs={"ban": ban, "number": things["mandate"]})
    return reverse(name, kwargs={"ban": ban, **{key: things[key] for key in KEYS.get(name, ())}})


def ask(client, method, url):
    data = {
        "choice": "own",
        "own": "100",
        "token": uuid.uuid4() if "/support/" in url else ANY_TOKEN,
        "subject": "A question",
        "category": "general",
        "text": "Too high",
        "kind_of_export": "documents-zip",
    }
    return client.get(url) if method == "GET" and "preview" not in url else _sent(client, method, url, data)


def _sent(client, method, url, data):
    return client.get(url, data) if method == "GET" else client.post(url, data)


def outcome(response):
    return "login" if response.status_code == 302 and "/login/" in response.url else response.status_code


ROWS = [
    (name, method, dict(zip(MEMBERS, statuses, strict=True)))
    for name, methods in PAGES.items()
    for method, *statuses in methods
]


@pytest.mark.parametrize(("name", "method", "expected"), ROWS)
def test_members_of_the_account(name, method, expected, scene, browse):
    own, _foreign, people, things = scene
    url = address(name, own.ban, things[own.ban])

    found = {role: outcome(ask(browse(people[role]), method, url)) for role in MEMBERS}

    assert found == expected


@pytest.mark.parametrize(("name", "method", "expected"), ROWS)
def test_everybody_else(name, method, expected, scene, browse):
    own, _foreign, people, things = scene
    url = address(name, own.ban, things[own.ban])
    refused = 405 if expected["owner"] == 405 else 404

    found = {who: outcome(ask(browse(people[who]), method, url)) for who in OUTSIDERS}

    assert found == dict.fromkeys(OUTSIDERS, refused)
    assert outcome(ask(Client(), method, url)) == (405 if refused == 405 else "login")


@pytest.mark.parametrize(("name", "method", "expected"), ROWS)
def test_foreign_and_absent_look_the_same(name, method, expected, scene, browse):
    _own, foreign, people, things = scene
    client = browse(people["owner"])
    absent = {
        "number": "PAY2627-999999",
        "mandate": "MND2627-999999",
        "debit": "DEB2627-999999",
        "slug": "VI-2627-999999",
        "code": "absent",
        "token": uuid.uuid4(),
        "contact_id": 999_999_999,
        "key_id": 999_999_999,
        "member_id": 999_999_999,
        "invitation_id": 999_999_999,
        "claim_id": 999_999_999,
        "conversation_id": 999_999_999,
        "notice_id": 999_999_999,
    }

    foreign_page = ask(client, method, address(name, foreign.ban, things[foreign.ban]))
    absent_page = ask(client, method, address(name, "BA-999999", absent))

    assert foreign_page.status_code == absent_page.status_code == (405 if expected["owner"] == 405 else 404)
    assert foreign_page.content == absent_page.content


@pytest.mark.parametrize(
    "name",
    [
        *(
            "payment",
            "payment-checkout",
            "payment-result",
            "document-pdf",
            "document",
            "export",
            "export-file",
        ),
        "auto-pay-checkout",
    ],
)
def test_a_foreign_object_under_the_own_account_does_not_exist(name, scene, browse):
    own, foreign, people, things = scene

    response = browse(people["owner"]).get(address(name, own.ban, things[foreign.ban]))

    assert response.status_code == 404


@pytest.mark.parametrize(
    "name", ["invitation-resend", "invitation-withdraw", "member-role", "member-remove", "contact-change"]
)
def test_a_foreign_object_under_the_own_account_is_not_changed(name, scene, browse):
    own, foreign, people, things = scene
    data = {"role": "agent", "name": "Desk", "email": "desk@example.in"}

    response = browse(people["owner"]).post(address(name, own.ban, things[foreign.ban]), data)

    assert response.status_code == 404
    assert foreign.members.get(role="owner").pk == things[foreign.ban]["member_id"]
    assert foreign.invitations.get().state == "open"


@pytest.mark.parametrize("name", OPEN)
def test_addresses_without_an_account(name, scene, browse):
    own, _foreign, people, _things = scene
    signed_out, signed_in = Client(), browse(people["owner"])
    keys = {"join": {"token": "nothing"}} | {one: {"ban": own.ban} | SLUGS.get(one, {}) for one in OF_KEY}
    url = reverse(name, kwargs=keys.get(name, NUMBERED.get(name, {})))

    found = [
        outcome(ask(client, method, url)) for client in (signed_out, signed_in) for method in ("GET", "POST")
    ]

    assert all(
        status in wanted if isinstance(wanted, tuple) else status == wanted
        for status, wanted in zip(found, OPEN[name], strict=True)
    ), found


def test_staff_reach_the_admin_and_members_do_not(scene, browse):
    _own, _foreign, people, _things = scene

    assert browse(people["staff"]).get(reverse("admin:index")).status_code == 200
    assert outcome(browse(people["owner"]).get(reverse("admin:index"))) == "login"


def test_who_is_removed_is_out_at_the_next_request(scene, browse):
    own, _foreign, people, _things = scene
    client = browse(people["billing"])
    url = reverse("overview", kwargs={"ban": own.ban})
    assert client.get(url).status_code == 200

    Member.objects.filter(user=people["billing"], account=own).delete()

    assert client.get(url).status_code == 404


def test_a_refusal_says_what_is_missing_and_whom_to_ask(scene, browse):
    own, _foreign, people, _things = scene

    page = browse(people["agent"]).get(reverse("overview", kwargs={"ban": own.ban})).content.decode()

    assert "see balance, payments and documents" in page
    assert "owner person" in page
    assert "agent person" not in page.split("Please ask")[1].split("</p>")[0]
