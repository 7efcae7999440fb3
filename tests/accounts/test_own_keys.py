"""Keys that a customer makes: one a form, at most twenty, never for telephony; each written down and told."""

import uuid
from datetime import timedelta

import pytest

from accounts import api_keys, own_keys
from accounts.models import ApiKey, AuditEvent, Member
from accounts.models.people import AccountQuerySet
from tests import build
from tests.build import NOW
from tests.threads import errors, pause, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db):
    return build.account()


def make(account, *scopes, name="Books", token=None, now=NOW, actor=None):
    return own_keys.make(
        account.pk,
        name,
        scopes or ["read"],
        token=token or uuid.uuid4(),
        actor=actor or build.owner(account),
        now=now,
    )


def test_a_key_works_and_is_the_account_s(account):
    issued = make(account, "pay", "read")

    key = api_keys.verify(issued.token, now=NOW)
    assert (key.account, key.scopes, key.source) == (account, ["pay", "read"], account.ban.lower())
    assert key.created_by == build.owner(account)


def test_making_and_revoking_are_written_down_and_told_to_the_owners(account):
    admin, second = build.member(account, Member.Role.ADMIN).user, build.member(account, "owner").user
    key = make(account, "read", actor=admin).key
    own_keys.revoke(account.pk, key.pk, actor=admin, now=NOW)
    own_keys.revoke(account.pk, key.pk, actor=admin, now=NOW)

    events = AuditEvent.objects.filter(account=account).order_by("pk")
    assert [one.action for one in events] == ["accounts.issue_api_key", "accounts.revoke_api_key"]
    told = account.notices.order_by("pk")
    owners = {build.owner(account).email, second.email}
    assert {(one.name, one.recipient) for one in told} == {
        (name, owner) for name in ("api-key-made", "api-key-revoked") for owner in owners
    }
    assert told.count() == 4
    assert told[0].context["by"] == str(admin) and told[0].context["begins"] == f"kv_{key.prefix}_…"
    assert not [one for one in (*told.values(), *events.values()) if key.hash in repr(one)]


def test_of_a_key_that_our_staff_made_the_owners_learn_without_a_name(account):
    staff = build.user("Sunita Pillai", staff=True)
    key = api_keys.issue("Exchange", ["telephony"], account=account, actor=staff, reason="asked", now=NOW).key

    assert account.notices.get().context["by"] == ""
    assert own_keys.read(account).live == [own_keys.Row(key, "our staff")]


def test_a_key_of_the_platform_is_told_to_nobody(account):
    api_keys.issue("Exchange", ["telephony"], actor=None, reason="new", now=NOW)

    assert not account.notices.exists()


@pytest.mark.parametrize("scopes", [["telephony"], ["read", "telephony"], ["all"]])
def test_other_scopes_are_not_for_customers(scopes, account):
    with pytest.raises(api_keys.KeyNotPossible):
        make(account, *scopes)

    assert not ApiKey.objects.exists()


def test_twenty_live_keys_and_no_more(account):
    keys = [make(account).key for _ in range(own_keys.MOST)]

    with pytest.raises(own_keys.TooMany):
        make(account)
    own_keys.revoke(account.pk, keys[0].pk, actor=build.owner(account), now=NOW)
    make(account)

    page = own_keys.read(account)
    assert (len(page.live), len(page.revoked), page.is_full) == (20, 1, True)


def test_a_double_click_is_one_key_and_the_answer_that_is_seen_has_the_token_that_works(account):
    form = uuid.uuid4()

    first, second = make(account, token=form), make(account, token=form, now=NOW + timedelta(seconds=1))

    assert first.key.pk == second.key.pk and first.token != second.token
    assert api_keys.verify(first.token, now=NOW) is None
    assert api_keys.verify(second.token, now=NOW) is not None
    assert (account.notices.count(), AuditEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize("then", ["later", "used", "revoked"])
def test_afterwards_the_form_shows_no_token_any_more(then, account):
    form, now = uuid.uuid4(), NOW
    issued = make(account, token=form)
    if then == "later":
        now = NOW + own_keys.DOUBLE_CLICK
    elif then == "used":
        api_keys.verify(issued.token, now=NOW)
    else:
        own_keys.revoke(account.pk, issued.key.pk, actor=build.owner(account), now=NOW)

    with pytest.raises(own_keys.WasShown):
        make(account, token=form, now=now)

    assert ApiKey.objects.get().hash == api_keys.digest(issued.token)


def test_the_same_form_on_another_account_is_another_key(account):
    form, other = uuid.uuid4(), build.account()

    assert make(account, token=form).key.prefix != make(other, token=form).key.prefix


def test_a_foreign_key_is_not_there(account):
    key = make(build.account()).key

    with pytest.raises(ApiKey.DoesNotExist):
        own_keys.revoke(account.pk, key.pk, actor=build.owner(account), now=NOW)


# --- at the same time --------------------------------------------------------------------------------
def twice(account):
    form, person = uuid.uuid4(), build.owner(account)
    return together([lambda: make(account, token=form, actor=person) for _ in range(2)])


def last_of_all(account):
    person = build.owner(account)
    for _ in range(own_keys.MOST - 1):
        make(account)
    return together([lambda: make(account, actor=person) for _ in range(3)])


@pytest.mark.django_db(transaction=True)
def test_one_form_twice_at_once_is_one_key(account):
    results = twice(account)

    assert not errors(results) and ApiKey.objects.count() == 1
    assert sum(api_keys.verify(one.token, now=NOW) is not None for one in results) == 1


@pytest.mark.django_db(transaction=True)
def test_three_at_once_for_the_last_place_make_one(account):
    results = last_of_all(account)

    assert [type(one) for one in errors(results)] == [own_keys.TooMany] * 2
    assert ApiKey.objects.live().count() == own_keys.MOST


@pytest.fixture
def unlocked(monkeypatch):
    """No lock: whoever looks waits until the others have looked too."""

    def without(parties):
        wait, digest = pause(parties), api_keys.digest

        def late(token):
            wait()
            return digest(token)

        monkeypatch.setattr(AccountQuerySet, "lock", lambda self, pk: self.get(pk=pk))
        return lambda: monkeypatch.setattr(api_keys, "digest", late)

    return without


@pytest.mark.django_db(transaction=True)
def test_without_the_account_s_lock_one_form_twice_goes_wrong(account, unlocked):
    unlocked(2)()

    assert errors(twice(account))


@pytest.mark.django_db(transaction=True)
def test_without_the_account_s_lock_there_are_too_many(account, unlocked, monkeypatch):
    begin = unlocked(3)
    together_ = together

    def three(calls):
        begin()
        return together_(calls)

    monkeypatch.setitem(last_of_all.__globals__, "together", three)

    last_of_all(account)

    assert ApiKey.objects.live().count() > own_keys.MOST
