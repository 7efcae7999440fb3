"""Preferences, API keys: the list, a token that is seen once and nowhere else, revoking."""

import re
import uuid

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import api_keys, channels, own_keys
from accounts.models import ApiKey, AuditEvent, Notice
from tests import build
from tests.build import NOW
from tests.hostile.words import HOSTILE, UNSEEN

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"kv_[a-z0-9]{10}_[\w-]{43}")


def page(account, name="api-keys", **keys):
    return reverse(name, kwargs={"ban": account.ban, **keys})


def typed(**words):
    return {"name": "Books", "scopes": ["read", "pay"], "token": uuid.uuid4(), **words}


def shown(response):
    return " ".join(response.content.decode().split())


def test_the_token_is_on_the_answer_and_nowhere_else(client, account, caplog):
    answer = client.post(page(account, "api-key-make"), typed())

    token = TOKEN.search(answer.content.decode())[0]
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    assert api_keys.verify(token, now=NOW).account == account
    secret = token.split("_", 2)[2]
    pages = [shown(client.get(page(account))), shown(client.get(page(account, "messages")))]
    sent = [str(row) for row in Notice.objects.values()]
    kept = [str(one.get_decoded()) for one in Session.objects.all()] + [repr(AuditEvent.objects.values())]
    assert not [text for text in (*pages, *kept, *sent, caplog.text) if secret in text]
    assert secret not in str(answer.wsgi_request.get_full_path())


def test_the_list_says_what_each_key_may_who_made_it_and_when_it_was_used(client, account):
    client.post(page(account, "api-key-make"), typed())
    key = ApiKey.objects.get()

    new = shown(client.get(page(account)))
    ApiKey.objects.update(last_used_on=NOW.date())
    used = shown(client.get(page(account)))
    client.post(page(account, "api-key-revoke", key_id=key.pk))
    gone = shown(client.get(page(account)))

    maker = build.owner(account).name
    for words in (f"kv_{key.prefix}_…", "Read the account&#x27;s data", "Start payments", maker, "never used",
                  "1 of at most 20"):  # fmt: skip
        assert words in new
    assert 'last used on <span class="num">24 Nov 2026' in used
    assert "Revoked 24 Nov 2026" in gone and "No program has a key" in gone


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "A\u202eB"}, "invisible characters"),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["telephony"]}, "telephony is not one of the available choices"),
        ({"token": ""}, "Please send the form again."),
        ({"token": "x"}, "Please send the form again."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(change, said, client, account):
    answer = client.post(page(account, "api-key-make"), typed(**change))

    assert answer.status_code == 422 and said in shown(answer)
    assert not ApiKey.objects.exists()


def test_a_reload_of_the_answer_makes_no_second_key_and_shows_nothing(client, account, monkeypatch):
    form = typed()
    first = TOKEN.search(client.post(page(account, "api-key-make"), form).content.decode())[0]
    monkeypatch.setattr("billing_portal.clock.now", lambda: NOW + own_keys.DOUBLE_CLICK)

    again = client.post(page(account, "api-key-make"), form, follow=True)

    assert "its token was shown then" in shown(again) and not TOKEN.search(shown(again))
    assert ApiKey.objects.count() == 1 and api_keys.verify(first, now=NOW)


def test_a_full_account_is_told_so(client, account):
    for _ in range(own_keys.MOST):
        client.post(page(account, "api-key-make"), typed())

    answer = client.post(page(account, "api-key-make"), typed())

    assert answer.status_code == 422 and "as many as it may have" in shown(answer)


def test_a_foreign_key_and_an_absent_one_are_not_there(client, account):
    other = build.account()
    key = api_keys.issue("Theirs", ["read"], account=other, actor=None, reason="test", now=NOW).key

    foreign = client.post(page(account, "api-key-revoke", key_id=key.pk))
    absent = client.post(page(account, "api-key-revoke", key_id=999_999_999))

    assert foreign.status_code == absent.status_code == 404 and foreign.content == absent.content
    assert ApiKey.objects.live().count() == 1
    assert "Theirs" not in shown(client.get(page(account)))


@pytest.mark.parametrize(("role", "has"), [("owner", True), ("admin", True), ("billing", False)])
def test_the_tab_is_there_for_who_may(role, has, browse, account):
    client = browse(build.member(account, role).user)

    for name in ("preferences", "preferences-account"):
        assert (page(account) in shown(client.get(page(account, name)))) is has
    assert (client.get(page(account)).status_code == 200) is has


def test_the_forms_are_guarded_against_other_sites(account):
    client = Client(enforce_csrf_checks=True)
    client.force_login(build.owner(account))

    assert client.post(page(account, "api-key-make"), typed()).status_code == 403
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_harms_no_page_and_no_mail(value, client, account):
    key = api_keys.issue(
        "Books", ["read"], account=account, actor=build.owner(account), reason="t", now=NOW
    ).key
    ApiKey.objects.update(name=value[:60])
    row = Notice.objects.get()
    row.context["key"] = row.context["by"] = value
    row.save()

    text = client.get(page(account)).content.decode()
    channels.send(row)

    sent = mail.outbox[-1]
    html = sent.alternatives[0].content
    for out in (text, html):
        assert "<script>alert" not in out and "<img src=x" not in out
    for out in (text, html, sent.body, sent.subject):
        assert not (UNSEEN - {"\x85", "\u2028"}) & set(out)
    client.post(page(account, "api-key-revoke", key_id=key.pk))
    assert not ApiKey.objects.live().exists()
