"""API keys by staff: the token is seen once, on the page that made it, and nowhere else."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from accounts import api_keys
from accounts.models import ApiKey, AuditEvent
from tests import build

pytestmark = pytest.mark.django_db
ISSUE = "admin:accounts_apikey_issue"


def typed(**words):
    return {
        "name": "Exchange 2",
        "account": "",
        "scopes": ["telephony"],
        "source": "exchange-2",
        "reason": "New",
        **words,
    }


def test_the_token_is_shown_once_and_works(staff, caplog):
    client = staff("manager")

    page = client.post(reverse(ISSUE), typed())

    token = re.search(r"kv_[a-z0-9]{10}_[\w-]{43}", page.content.decode())[0]
    assert "no-store" in page["Cache-Control"]
    assert api_keys.verify(token, now=build.NOW) == ApiKey.objects.get()
    secret = token.split("_", 2)[2]
    pages = [client.get(reverse(f"admin:accounts_apikey_{name}", args=args)).content.decode()
             for name, args in (("changelist", []), ("change", [ApiKey.objects.get().pk]))]  # fmt: skip
    kept = [str(one.get_decoded()) for one in Session.objects.all()] + [repr(AuditEvent.objects.values())]
    assert not [text for text in (*pages, *kept, caplog.text) if secret in text]
    assert AuditEvent.objects.get().action == "accounts.issue_api_key"


def test_a_key_is_revoked_with_a_reason(staff, account):
    issued = api_keys.issue("Old", ["read"], account=account, actor=None, reason="test", now=build.NOW)
    client, url = staff("manager"), reverse("admin:accounts_apikey_revoke", args=[issued.key.pk])

    assert client.post(url, {"reason": ""}).status_code == 422
    client.post(url, {"reason": "lost"})

    assert api_keys.verify(issued.token, now=build.NOW) is None
    assert AuditEvent.objects.order_by("-pk")[0].reason == "lost"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["all"]}, "scopes"),
        ({"source": "Ex 2"}, "source"),
        ({"source": "ba-100042"}, "source"),
        ({"account": "BA-999999"}, "account"),
        ({"scopes": ["read"]}, "account"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_key_that_is_not_possible_is_explained(staff, change, field):
    page = staff("manager").post(reverse(ISSUE), typed(**change))

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("role", ["customer", "support", "finance", "auditor"])
def test_nobody_else_makes_or_revokes_keys(staff, role):
    key = api_keys.issue("Old", ["telephony"], actor=None, reason="test", now=build.NOW).key
    client = staff(role)

    client.post(reverse(ISSUE), typed())
    client.post(reverse("admin:accounts_apikey_revoke", args=[key.pk]), {"reason": "mischief"})

    assert ApiKey.objects.live().count() == 1


@pytest.mark.parametrize(
    ("asked", "status"), [("", 200), ("own", 200), ("platform", 422), ("exchange-2", 422)]
)
def test_a_key_of_an_account_has_a_source_of_its_own(staff, account, asked, status):
    own = account.ban.lower()
    source = own if asked == "own" else asked

    page = staff("manager").post(reverse(ISSUE), typed(account=account.ban, source=source))

    assert page.status_code == status
    assert list(ApiKey.objects.values_list("source", flat=True)) == ([own] if status == 200 else [])


def test_a_key_of_the_platform_without_a_source_is_of_the_source_platform(staff):
    staff("manager").post(reverse(ISSUE), typed(source=""))

    assert ApiKey.objects.get().source == "platform"


@pytest.mark.parametrize(("role", "offered"), [("manager", True), ("auditor", False)])
def test_only_who_may_revoke_is_offered_it(role, offered, staff):
    key = api_keys.issue("Platform", ["telephony"], actor=None, reason="test", now=build.NOW).key

    page = staff(role).get(reverse("admin:accounts_apikey_change", args=[key.pk])).content.decode()

    assert ("Revoke this key" in page) is offered
