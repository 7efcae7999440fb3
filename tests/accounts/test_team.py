"""Roles and removals: who may change whose, always an owner left, written down, told, and safe side by side."""

from dataclasses import replace

import pytest
from django.core import mail

from accounts import invitations, notices, profile, team, team_rules
from accounts.models import AuditEvent, Invitation, Member
from accounts.team import NotPossible
from accounts.team_rules import LAST_OWNER, NOT_ALLOWED, OWNERS_ONLY
from tests import build
from tests.build import NOW
from tests.threads import errors, together

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("actor", "was", "becomes", "other_owners", "said"),
    [
        ("owner", "admin", "owner", 1, ""),
        ("owner", "owner", "agent", 1, ""),
        ("owner", "owner", "agent", 0, LAST_OWNER),
        ("owner", "owner", "", 0, LAST_OWNER),
        ("owner", "owner", "owner", 0, ""),
        ("owner", "agent", "", 1, ""),
        ("admin", "billing", "admin", 1, ""),
        ("admin", "admin", "", 1, ""),
        ("admin", "billing", "owner", 1, OWNERS_ONLY),
        ("admin", "owner", "billing", 5, OWNERS_ONLY),
        ("admin", "owner", "", 5, OWNERS_ONLY),
        ("admin", "", "owner", 1, OWNERS_ONLY),
        ("billing", "agent", "manager", 1, NOT_ALLOWED),
        ("manager", "agent", "", 1, NOT_ALLOWED),
        ("agent", "agent", "", 1, NOT_ALLOWED),
        ("", "agent", "", 1, NOT_ALLOWED),
    ],
)
def test_who_may_change_whose_role(actor, was, becomes, other_owners, said):
    assert team_rules.refusal(actor, was=was, becomes=becomes, other_owners=other_owners) == said


@pytest.fixture
def account():
    return build.account()


def told(account, name):
    return sorted(account.notices.filter(name=name).values_list("recipient", flat=True))


def test_a_role_is_changed_once_written_down_and_told(account):
    owner, clerk = build.owner(account), build.member(account, "agent")

    for _ in range(2):
        team.change_role(account.pk, clerk.pk, "billing", actor=owner, now=NOW)

    clerk.refresh_from_db()
    event = AuditEvent.objects.get(action="accounts.change_role")
    assert clerk.role == "billing"
    assert (event.before["role"], event.after["role"], event.actor) == ("agent", "billing", owner)
    assert told(account, "role-changed") == sorted([owner.email, clerk.user.email])


def test_a_removed_person_keeps_their_login_and_other_accounts(account):
    owner, clerk, elsewhere = build.owner(account), build.member(account, "billing"), build.account()
    other = build.member(elsewhere, "billing", person=clerk.user)

    team.remove(account.pk, clerk.pk, actor=owner, now=NOW)

    assert not account.members.filter(user=clerk.user).exists()
    assert Member.objects.filter(pk=other.pk).exists() and clerk.user.is_active
    assert told(account, "member-removed") == sorted([owner.email, clerk.user.email])
    assert AuditEvent.objects.get(action="accounts.remove_member").before == {"role": "billing"}


def test_an_account_keeps_an_owner_who_can_sign_in(account):
    owner = account.members.get()
    second = build.member(account, "owner")
    second.user.is_active = False
    second.user.save()

    with pytest.raises(NotPossible, match="at least one owner"):
        team.change_role(account.pk, owner.pk, "admin", actor=owner.user, now=NOW)


def test_an_admin_touches_no_owner(account):
    owner, admin = account.members.get(), build.member(account, "admin")
    build.member(account, "owner")

    for change in (
        lambda: team.remove(account.pk, owner.pk, actor=admin.user, now=NOW),
        lambda: team.change_role(account.pk, owner.pk, "agent", actor=admin.user, now=NOW),
        lambda: team.change_role(account.pk, admin.pk, "owner", actor=admin.user, now=NOW),
    ):
        with pytest.raises(NotPossible, match="Only an owner"):
            change()


def test_the_right_is_looked_at_again_under_the_lock(account):
    """A role that was taken after the door let the person in."""
    former, clerk = build.member(account, "billing").user, build.member(account, "agent")

    with pytest.raises(NotPossible, match="does not include managing the team"):
        team.remove(account.pk, clerk.pk, actor=former, now=NOW)
    with pytest.raises(NotPossible, match="does not include managing the team"):
        invitations.invite(account.pk, "new@example.in", "agent", actor=former, now=NOW)


def test_who_may_invite_no_more_leaves_no_invitation_behind(account):
    owner, admin = build.owner(account), build.member(account, "admin")
    invitations.invite(account.pk, "a@example.in", "billing", actor=admin.user, now=NOW)
    kept = invitations.invite(account.pk, "b@example.in", "billing", actor=owner, now=NOW)

    team.change_role(account.pk, admin.pk, "billing", actor=owner, now=NOW)

    assert list(account.invitations.open()) == [kept]
    assert AuditEvent.objects.get(action="accounts.change_role").after["invitations withdrawn"] == 1


def test_an_owner_made_admin_keeps_all_but_the_invitations_of_owners(account):
    first, second = account.members.get(), build.member(account, "owner")
    words = {"actor": second.user, "now": NOW}
    invitations.invite(account.pk, "a@example.in", "owner", **words)
    kept = invitations.invite(account.pk, "b@example.in", "admin", **words)

    team.change_role(account.pk, second.pk, "admin", actor=first.user, now=NOW)

    assert list(account.invitations.open()) == [kept]
    assert Invitation.objects.get(email="a@example.in").state == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_leave_one(account):
    """Seen to leave none without the account's lock."""
    one, two = account.members.get(), build.member(account, "owner")

    results = together(
        [
            lambda: team.remove(account.pk, two.pk, actor=one.user, now=NOW),
            lambda: team.remove(account.pk, one.pk, actor=two.user, now=NOW),
        ]
    )

    assert len(errors(results)) == 1
    assert account.members.filter(role="owner").count() == 1


def test_the_mails_say_who_what_and_by_whom_as_text(account, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    owner, clerk = build.owner(account), build.member(account, "agent")
    clerk.user.name = "<b>Mallory</b>\u202e & Co\r\nBcc: x@example.in"
    clerk.user.save()
    team.change_role(account.pk, clerk.pk, "billing", actor=owner, now=NOW)
    invitations.invite(account.pk, "new@example.in", "agent", actor=owner, now=NOW)
    team.remove(account.pk, clerk.pk, actor=owner, now=NOW)
    stands = profile.of(account)
    news = replace(stands, address="<i>#9</i> & Sons")
    profile.change(account.pk, news, seen=profile.looks(stands), actor=owner, now=NOW)

    sent = notices.send_due(now=NOW)

    assert sent == len(mail.outbox) == 6  # twice to two, the invitation, the change of details
    for message in mail.outbox:
        html = message.alternatives[0].content
        assert "<b>Mallory" not in html and "<i>#9" not in html
        assert "\u202e" not in html + message.body and "\n" not in message.subject
    bodies = "\n".join(message.body for message in mail.outbox)
    assert "is Billing now, before Agent. Changed by owner person" in bodies
    assert "Removed by owner person on 24 Nov 2026, 11:30 IST" in bodies
    assert "Address: 12/3 MG Road → <i>#9</i> & Sons" in bodies
