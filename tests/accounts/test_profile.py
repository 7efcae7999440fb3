"""An account's particulars: what fits together, what is locked, who wins a conflict, and who learns of it."""

from dataclasses import replace

import pytest

from accounts import gstin, gstin_checks, profile
from accounts.models import AuditEvent
from accounts.profile import Changed, NotPossible
from tests import build
from tests.build import GSTINS, NOW

pytestmark = pytest.mark.django_db
MH = GSTINS["27"]


@pytest.fixture
def account():
    return build.account(pan="ZZZCB0002B")


def change(account, *, seen=None, actor=None, **news):
    account.refresh_from_db()
    stands = profile.of(account)
    return profile.change(
        account.pk,
        replace(stands, **news),
        seen=profile.looks(seen or stands),
        actor=actor or build.owner(account),
        now=NOW,
    )


def refused(account, **news):
    with pytest.raises(NotPossible) as caught:
        change(account, **news)
    return caught.value.said


@pytest.mark.parametrize(
    "address", ["#4, 12/3 MG Road", "C/o Rao & Sons, 2nd Floor", "Plot 7/A – Phase II", "शिवाजीनगर, पुणे"]
)
def test_addresses_as_people_write_them(address, account):
    assert change(account, address=f"  {address}  ").address == address


@pytest.mark.parametrize(
    ("news", "field", "said"),
    [
        ({"gstin": "29ZZZCB0002B1ZX"}, "gstin", "check character"),
        ({"gstin": "29ZZZCB0002B1Z"}, "gstin", "15 characters"),
        ({"gstin": MH, "pan": ""}, "gstin", "belongs to Maharashtra"),
        ({"state": "27"}, "gstin", "belongs to Karnataka"),
        ({"pan": "ABCDE1234"}, "pan", "five letters"),
        ({"pan": "AAAPA1234A"}, "pan", "holds the PAN ZZZCB0002B"),
        ({"pin": "012345"}, "pin", "six digits"),
        ({"pin": ""}, "pin", "six digits"),
        ({"city": " "}, "city", "fill this in"),
        ({"address": "x" * 201}, "address", "At most 200"),
        ({"billing_name": "Lotus\u202eDiagnostics"}, "billing_name", "invisible characters"),
        ({"state": "96"}, "state", "Other Countries"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(news, field, said, account):
    assert said in refused(account, **news)[field]

    stands = profile.of(account)
    account.refresh_from_db()
    assert profile.of(account) == stands


def test_a_gstin_tells_registration_and_pan(account):
    plain = build.account(state="27", registration="unregistered")

    made = change(plain, gstin=f" {MH.lower()} ")

    assert (made.gstin, made.pan, made.registration) == (MH, gstin.pan_of(MH), "regular")


def test_without_a_gstin_the_account_is_not_registered(account):
    made = change(account, gstin="")

    assert (made.gstin, made.registration, made.pan) == ("", "unregistered", "ZZZCB0002B")


def test_a_sez_unit_keeps_its_registration_and_needs_a_gstin():
    unit = build.account(registration="sez_lut")

    assert change(unit, city="Mysuru").registration == "sez_lut"
    assert "needs its GSTIN" in refused(unit, gstin="", pan="")["gstin"]


def test_state_and_gstin_of_an_export_are_set_by_staff():
    abroad = build.account(state="96", registration="export_lut", country="AE", pin="")

    assert change(abroad, city="Dubai 12345").city == "Dubai 12345"
    said = refused(abroad, state="27", pin="411005")
    assert said["state"] == profile.OF_OUR_STAFF


def test_issued_documents_stay_as_they_are(account):
    before = build.charge(account, 1000)

    change(account, billing_name="Lotus Labs Pvt Ltd", address="#9, Residency Road")
    account.refresh_from_db()
    after = build.charge(account, 500)

    before.refresh_from_db()
    assert before.recipient["name"] == "Lotus Diagnostics Pvt Ltd"
    assert after.recipient["name"] == "Lotus Labs Pvt Ltd"
    assert "#9, Residency Road" in str(after.recipient)


def test_the_change_is_written_down_and_told_to_contacts_and_owners(account):
    account.contacts.create(category="accounts", name="Desk", email="desk@example.in")
    clerk = build.member(account, "billing").user

    change(account, actor=clerk, city="Mysuru", pin="570001")

    event = AuditEvent.objects.get(action="accounts.change_profile")
    assert (event.before, event.after) == (
        {"city": "Bengaluru", "pin": "560001"},
        {"city": "Mysuru", "pin": "570001"},
    )
    rows = account.notices.filter(name="profile-changed")
    assert {row.recipient for row in rows} == {"desk@example.in", build.owner(account).email}
    assert rows[0].context["rows"] == [["City", "Bengaluru", "Mysuru"], ["PIN code", "560001", "570001"]]
    assert rows[0].context["by"] == str(clerk)


def test_the_same_again_writes_nothing_but_that_somebody_looked(account):
    change(account)
    change(account)

    account.refresh_from_db()
    assert account.details_confirmed_at == NOW
    assert not AuditEvent.objects.filter(action="accounts.change_profile").exists()


def test_who_saw_older_particulars_overwrites_nothing(account):
    stands = profile.of(account)
    change(account, city="Mysuru")

    with pytest.raises(Changed) as caught:
        change(account, seen=stands, city="Hubballi")

    account.refresh_from_db()
    assert account.city == caught.value.stands.city == "Mysuru"


def verify(account, name="LOTUS DIAGNOSTICS PRIVATE LIMITED", number=None):
    words = {"actor": build.user(staff=True), "reason": "Portal, 24 Nov", "now": NOW}
    return gstin_checks.verify(account.pk, name, number=number or account.gstin, **words)


def test_a_verified_gstin_locks_the_billing_name_and_nothing_else(account):
    account = verify(account)

    assert account.billing_name == "LOTUS DIAGNOSTICS PRIVATE LIMITED"
    assert refused(account, billing_name="Another")["billing_name"] == profile.LOCKED
    assert change(account, city="Mysuru").city == "Mysuru"


def test_another_gstin_opens_the_name_and_is_not_verified(account):
    account = verify(account)

    made = change(account, gstin=MH, pan="", state="27", pin="411005", billing_name="Lotus Pune LLP")

    assert (made.billing_name, made.gstin_verified_at) == ("Lotus Pune LLP", None)


def test_staff_verify_the_number_that_they_looked_up(account):
    with pytest.raises(gstin_checks.NotPossible, match="by now"):
        verify(account, number=MH)
    with pytest.raises(gstin_checks.NotPossible, match="no GSTIN"):
        verify(build.account(registration="unregistered"))

    assert AuditEvent.objects.filter(action="accounts.verify_gstin").count() == 0


def test_staff_take_their_word_back_once(account):
    account = verify(account)
    for _ in range(2):
        gstin_checks.take_back(account.pk, actor=None, reason="Cancelled at the portal", now=NOW)

    account.refresh_from_db()
    assert account.gstin_verified_at is None
    assert AuditEvent.objects.filter(action="accounts.unverify_gstin").count() == 1
