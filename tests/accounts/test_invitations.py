"""Invitations: seven days, one use, one address; a link that no row keeps."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts import erasure, invitations, notices, secret_links
from accounts.invitations import ForAnother, NotOpen, Why
from accounts.models import AuditEvent, Invitation, Member, Notice, User
from accounts.team import NotPossible
from tests import build
from tests.build import NOW
from tests.threads import errors, together

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def account():
    return build.account()


def invite(account, email="new@example.in", role="billing", now=NOW):
    return invitations.invite(account.pk, email, role, actor=build.owner(account), now=now)


def token(row):
    notice = Notice.objects.get(event=f"invitation:{row.pk}:{row.times_sent}")
    return secret_links.token(notice.context[secret_links.KEY])


def why(value, now=NOW):
    with pytest.raises(NotOpen) as caught:
        invitations.find(value, now=now)
    return caught.value.why


def test_the_mail_carries_the_link_and_no_row_does(account, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    row = invite(account, " New@Example.in ")
    secret = token(row)

    notices.send_due(now=NOW)

    [sent] = [one for one in mail.outbox if one.to == ["new@example.in"]]
    kept = Notice.objects.get(name="invitation")
    assert f"/auth/join/{secret}/" in sent.body and f"/auth/join/{secret}/" in sent.alternatives[0].content
    assert f"/auth/join/{secret_links.MASK}/" in kept.text
    assert secret not in kept.text + str(kept.context) + kept.subject
    assert row.token_hash == secret_links.digest(secret) != secret


def test_another_instance_makes_another_token(settings):
    here = secret_links.token("a" * 32)
    settings.SECRET_KEY = "another"

    assert here != secret_links.token("a" * 32)


def test_the_same_again_is_one_invitation_and_one_mail(account):
    assert invite(account) == invite(account)

    assert account.notices.filter(name="invitation").count() == 1


def test_another_role_is_the_same_invitation_with_a_new_link(account):
    old = token(invite(account))

    row = invite(account, role="manager")

    assert (row.role, Invitation.objects.count()) == ("manager", 1)
    assert why(old) == Why.UNKNOWN
    assert invitations.find(token(row), now=NOW) == row


@pytest.mark.parametrize("email", ["", "no address", "a@b", "a@example.in\nBcc: b@example.in"])
def test_what_is_no_address_is_refused(email, account):
    with pytest.raises(NotPossible) as caught:
        invite(account, email)

    assert caught.value.field == "email"


def test_who_is_on_the_team_is_not_invited(account):
    with pytest.raises(NotPossible, match="already on the team"):
        invite(account, build.member(account, "agent").user.email.upper())


def test_an_admin_invites_no_owner(account):
    admin = build.member(account, "admin").user

    with pytest.raises(NotPossible, match="Only an owner"):
        invitations.invite(account.pk, "new@example.in", "owner", actor=admin, now=NOW)


def test_open_invitations_have_a_limit(account, monkeypatch):
    monkeypatch.setattr(invitations, "MOST", 1)
    invite(account)

    with pytest.raises(NotPossible, match="at most 1"):
        invite(account, "more@example.in")


def test_seven_days_to_the_second(account):
    secret = token(invite(account))

    assert invitations.find(secret, now=NOW + WEEK - timedelta(seconds=1))
    assert why(secret, NOW + WEEK) == Why.EXPIRED


def test_sending_again_makes_a_new_link_and_seven_more_days(account):
    row = invite(account)
    old, words = token(row), {"actor": build.owner(account)}
    with pytest.raises(NotPossible, match="less than a minute"):
        invitations.resend(account.pk, row.pk, now=NOW + timedelta(seconds=59), **words)

    row = invitations.resend(account.pk, row.pk, now=NOW + WEEK, **words)

    assert why(old) == Why.UNKNOWN
    assert invitations.find(token(row), now=NOW + 2 * WEEK - timedelta(seconds=1)) == row


def test_a_withdrawn_one_opens_nothing(account):
    row = invite(account)
    for _ in range(2):
        invitations.withdraw(account.pk, row.pk, actor=build.owner(account), now=NOW)

    assert why(token(row)) == Why.WITHDRAWN
    assert AuditEvent.objects.filter(action="accounts.withdraw_invitation").count() == 1


def test_the_invited_person_joins_once_and_the_owners_are_told(account):
    person = build.user("Neha Nair")
    row = invite(account, person.email)
    secret = token(row)

    member = invitations.accept(secret, person, now=NOW)

    row.refresh_from_db()
    told = account.notices.filter(name="member-added").values_list("recipient", flat=True)
    assert (member.role, row.state, row.accepted_by) == ("billing", "accepted", person)
    assert sorted(told) == sorted([person.email, build.owner(account).email])
    assert why(secret) == Why.USED


@pytest.mark.parametrize("verified", [True, False])
def test_a_further_address_counts_once_it_is_verified(verified, account):
    person = build.user()
    EmailAddress.objects.create(user=person, email="Second@example.in", verified=verified)
    secret = token(invite(account, "second@example.in"))

    if verified:
        assert invitations.accept(secret, person, now=NOW).user == person
    else:
        with pytest.raises(ForAnother):
            invitations.accept(secret, person, now=NOW)


def test_a_stranger_with_the_link_does_not_get_in(account):
    secret = token(invite(account))

    with pytest.raises(ForAnother):
        invitations.accept(secret, build.user(), now=NOW)

    assert account.members.count() == 1


def test_a_new_person_gets_a_verified_login(account):
    secret = token(invite(account))

    member = invitations.accept_as_new(secret, "Neha Nair", "correct-horse-42", now=NOW)

    assert (member.user.email, member.user.name) == ("new@example.in", "Neha Nair")
    assert member.user.check_password("correct-horse-42")
    assert EmailAddress.objects.get(user=member.user).verified


def test_a_login_that_is_there_is_not_made_again(account):
    person = build.user()
    secret = token(invite(account, person.email))

    with pytest.raises(ForAnother):
        invitations.accept_as_new(secret, "Mallory", "correct-horse-42", now=NOW)

    person.refresh_from_db()
    assert person.check_password(build.PASSWORD) and person.name != "Mallory"


def test_who_became_a_member_meanwhile_keeps_the_role(account):
    person = build.user()
    secret = token(invite(account, person.email, "owner"))
    build.member(account, "agent", person=person)

    assert invitations.accept(secret, person, now=NOW).role == "agent"
    assert why(secret) == Why.USED


def test_a_deleted_account_takes_nobody(account):
    secret = token(invite(account))
    account.wanted_level = "deleted"
    account.save()

    assert why(secret) == Why.CLOSED


def test_erasing_an_account_erases_whom_it_invited(account):
    invite(account)

    erasure.people(account)

    assert not Invitation.objects.exists()


def test_who_is_erased_leaves_no_address_in_invitations_elsewhere(account):
    person, elsewhere = build.member(account, "billing").user, build.account()
    invite(elsewhere, person.email)

    erasure.people(account)

    assert not Invitation.objects.filter(email=person.email).exists()


@pytest.mark.django_db(transaction=True)
def test_one_link_in_two_hands_makes_one_login(account):
    secret = token(invite(account))

    results = together([lambda: invitations.accept_as_new(secret, "Neha", "correct-horse-42", now=NOW)] * 4)

    assert len(errors(results)) == 3
    assert User.objects.filter(email="new@example.in").count() == 1
    assert Member.objects.filter(account=account).count() == 2


@pytest.mark.django_db(transaction=True)
def test_thirty_clicks_on_invite_are_one_invitation(account):
    owner = build.owner(account)
    call = lambda: invitations.invite(account.pk, "new@example.in", "agent", actor=owner, now=NOW)  # noqa: E731

    results = together([call] * 8)

    assert not errors(results)
    assert (Invitation.objects.count(), account.notices.filter(name="invitation").count()) == (1, 1)
