"""The Team screen: what each role is shown, what it may do, and that it takes effect at the next request."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.models import Invitation
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return build.account()


def url(name, account, **keys):
    return reverse(name, kwargs={"ban": account.ban, **keys})


def main(response):
    return response.content.decode().split("<main")[1]


def test_people_with_role_last_sign_in_and_second_factor(account, browse):
    clerk = build.member(account, "billing").user
    clerk.name, clerk.last_login = "Bharat <b>Shetty</b>", NOW
    clerk.save()
    Authenticator.objects.create(user=clerk, type="totp", data={})
    build.member(build.account(), "billing", person=build.user("Of another"))

    page = main(browse(build.owner(account)).get(url("team", account)))

    assert "Bharat &lt;b&gt;Shetty&lt;/b&gt;" in page
    assert "Last signed in 24 Nov 2026, 11:30 IST" in page
    assert (page.count("Two-factor</span>"), page.count("No two-factor")) == (1, 1)
    assert "Of another" not in page


def test_recovery_codes_alone_are_no_second_factor(account, browse):
    Authenticator.objects.create(user=build.owner(account), type="recovery_codes", data={})

    assert "No two-factor" in main(browse(build.owner(account)).get(url("team", account)))


def test_an_admin_is_offered_no_owner_and_touches_none(account, browse):
    admin = build.member(account, "admin").user

    page = main(browse(admin).get(url("team", account)))

    assert 'value="owner"' not in page
    assert "Only an owner can make, demote or remove an owner." in page


def test_inviting_resending_and_withdrawing(account, browse, monkeypatch):
    client = browse(build.owner(account))
    page = client.post(url("team-invite", account), {"email": "New@Example.in", "role": "agent"}, follow=True)
    row = Invitation.objects.get()
    assert "The invitation to new@example.in is on its way." in main(page)
    assert "Agent, invited by owner person" in main(page)

    soon = client.post(url("invitation-resend", account, invitation_id=row.pk))
    assert soon.status_code == 422 and "less than a minute ago" in main(soon)

    gone = client.post(url("invitation-withdraw", account, invitation_id=row.pk), follow=True)
    assert "its link opens nothing any more" in main(gone)
    assert "new@example.in" not in main(client.get(url("team", account)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"email": "nobody", "role": "agent"}, "Enter an e-mail address"),
        ({"email": "", "role": "agent"}, "This field is required"),
        ({"email": "new@example.in", "role": "king"}, "not one of the available choices"),
        ({"email": "new@example.in", "role": "owner"}, "Only an owner can make"),
        ({"email": "<script>1</script>@example.in", "role": "agent"}, "Enter an e-mail address"),
    ],
)
def test_a_bad_invitation_is_refused_with_its_reason(data, said, account, browse):
    admin = build.member(account, "admin").user

    page = browse(admin).post(url("team-invite", account), data)

    assert page.status_code == 422
    assert said in main(page) and "<script>1" not in page.content.decode()
    assert not Invitation.objects.exists()


def test_a_changed_role_counts_at_the_next_request(account, browse):
    clerk = build.member(account, "billing")
    theirs = browse(clerk.user)
    assert theirs.get(url("payments", account)).status_code == 200

    page = browse(build.owner(account)).post(
        url("member-role", account, member_id=clerk.pk), {"role": "manager"}, follow=True
    )

    assert "The role is changed." in main(page)
    assert theirs.get(url("payments", account)).status_code == 403
    assert theirs.get(url("usage", account)).status_code == 200


def test_who_is_removed_is_out_at_the_next_request_and_signed_in_elsewhere(account, browse):
    clerk, elsewhere = build.member(account, "billing"), build.account()
    build.member(elsewhere, "billing", person=clerk.user)
    theirs = browse(clerk.user)
    assert theirs.get(url("overview", account)).status_code == 200

    browse(build.owner(account)).post(url("member-remove", account, member_id=clerk.pk))

    assert theirs.get(url("overview", account)).status_code == 404
    assert theirs.get(url("overview", elsewhere)).status_code == 200


def test_the_only_owner_stays(account, browse):
    owner = account.members.get()

    page = browse(owner.user).post(url("member-remove", account, member_id=owner.pk))

    assert page.status_code == 422 and "at least one owner" in main(page)
    assert account.members.count() == 1


def test_who_leaves_comes_home(account, browse):
    build.member(account, "owner")
    me = account.members.order_by("pk")[0]

    page = browse(me.user).post(url("member-remove", account, member_id=me.pk))

    assert page.url == reverse("home")


def test_the_table_of_rights_is_the_one_that_decides(account, browse):
    from_page = main(browse(build.owner(account)).get(url("team", account))).split(
        'class="list plain rights"'
    )[1]
    rows = {
        row.split("</th>")[0].split(">")[-1]: row.count("Yes</span>") for row in from_page.split("<tr>")[2:]
    }

    assert rows == {
        "See balance, payments and documents": 3,
        "Pay": 3,
        "See usage": 4,
        "See whole phone numbers": 3,
        "Change billing details and contacts": 3,
        "Manage the team": 2,
        "Make and revoke API keys": 2,
        "Write to our staff": 5,
        "Make and remove owners": 1,
    }
