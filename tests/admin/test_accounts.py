"""Accounts as staff find and change them: search, checks of tax particulars, reasons in the audit chain."""

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AuditEvent, Member
from billing_portal import books
from tests import build

pytestmark = pytest.mark.django_db
LIST = "admin:accounts_account_changelist"


def page(account):
    return reverse("admin:accounts_account_change", args=[account.pk])


def fields(client, url):
    """Read a form's fields as a browser would send them."""
    html = client.get(url).content.decode()
    form = html[html.index('id="account_form"') :]
    found = dict(re.findall(r'<input type="(?:text|hidden|email)" name="([^"]+)"(?: value="([^"]*)")?', form))
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', options)
        found[name] = chosen[1] if chosen else ""
    return {name: value for name, value in found.items() if "__prefix__" not in name}


@pytest.mark.parametrize("what", ["ban", "name", "gstin", "mail", "payment", "gateway", "document"])
def test_an_account_is_found_by_what_a_caller_can_say(what, staff):
    build.account(name="Other", gstin="27ZZZCM0003C1ZM", state="27")
    wanted = build.account(name="Lilavati & Sons")
    paid, bill = build.paid(wanted, 100), build.charge(wanted, 100)
    terms = {
        "ban": wanted.ban, "name": "lilavati", "gstin": wanted.gstin, "mail": build.owner(wanted).email,
        "payment": paid.number, "gateway": paid.gateway_payment_id, "document": bill.number,
    }  # fmt: skip

    found = staff("support").get(reverse(LIST), {"q": terms[what]}).context["cl"].queryset

    assert [account.pk for account in found] == [wanted.pk]


def test_a_change_needs_a_reason_and_joins_the_audit_chain(staff, account):
    client = staff("manager")
    form = fields(client, page(account)) | {"billing_name": "New Name LLP"}

    assert "reason" in client.post(page(account), form).context["adminform"].form.errors
    client.post(page(account), form | {"reason": "Renamed, letter of 3 Nov"})

    account.refresh_from_db()
    event = AuditEvent.objects.get()
    assert account.billing_name == "New Name LLP"
    assert (event.action, event.reason, event.account) == (
        "accounts.account.change", "Renamed, letter of 3 Nov", account,
    )  # fmt: skip
    assert (event.before["billing_name"], event.after["billing_name"]) == (
        "Lotus Diagnostics Pvt Ltd",
        "New Name LLP",
    )


def test_a_save_that_changes_nothing_says_so_and_writes_nothing(staff, account):
    client = staff("manager")
    form = fields(client, page(account)) | {"reason": "Looked at it"}

    answer = client.post(page(account), form, follow=True).content.decode()

    assert "Nothing was changed." in answer and "changed successfully" not in answer
    assert not AuditEvent.objects.exists()


def test_a_change_leaves_the_ledgers_head_alone_and_does_not_undo_a_colleagues(staff, account):
    client = staff("manager")
    form = fields(client, page(account)) | {"city": "Mysuru", "reason": "Moved"}
    build.paid(account, 100)
    assert client.post(page(account), form).status_code == 302
    form = fields(client, page(account)) | {"city": "Hubballi", "reason": "Moved again"}
    Account.objects.filter(pk=account.pk).update(pin="570001")

    answer = client.post(page(account), form)

    assert "Somebody changed this" in answer.content.decode()
    account.refresh_from_db()
    assert (account.city, account.pin, account.entry_count) == ("Mysuru", "570001", 1)
    assert not [f for f in books.look(now=build.NOW).findings if f.id in ("I06", "I40")]


def test_members_and_contacts_are_audited_and_an_owner_stays(staff, account):
    client, member = staff("manager"), account.members.get()
    form = fields(client, page(account)) | {"reason": "Left the firm", "members-0-role": "agent"}

    assert "keeps at least one owner" in client.post(page(account), form).content.decode()
    second = build.user()
    form |= {"members-TOTAL_FORMS": "2", "members-1-user": str(second.pk), "members-1-role": "owner"}
    form |= {"members-1-account": str(account.pk), "members-1-id": ""}
    assert client.post(page(account), form).status_code == 302

    assert Member.objects.get(pk=member.pk).role == "agent"
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert sorted(actions) == ["accounts.member.add", "accounts.member.change"]
    told = {(row.name, row.recipient) for row in account.notices.all()}
    both = {second.email, member.user.email}
    assert told == {("member-added", second.email), *(("role-changed", email) for email in both)}


def test_nobody_of_the_staff_makes_a_colleague_or_themself_a_member(staff, account):
    client, colleague = staff("manager"), build.user("Colleague", staff=True)
    form = fields(client, page(account)) | {
        "reason": "To look",
        "members-TOTAL_FORMS": "2",
        "members-1-id": "",
    }
    form |= {
        "members-1-user": str(colleague.pk),
        "members-1-role": "owner",
        "members-1-account": str(account.pk),
    }

    answer = client.post(page(account), form)

    assert "joins no customer" in answer.content.decode()
    assert not colleague.memberships.exists()


def test_who_is_taken_off_is_named_in_the_chain(staff, account):
    client, second = staff("manager"), build.member(account, "agent")
    form = fields(client, page(account)) | {"reason": "Left the firm", "members-1-DELETE": "on"}
    gone = second.pk
    place = next(n for n in (0, 1) if form[f"members-{n}-id"] == str(gone))
    form = {k: v for k, v in form.items() if not k.endswith("DELETE")} | {f"members-{place}-DELETE": "on"}

    assert client.post(page(account), form).status_code == 302

    event = AuditEvent.objects.get(action="accounts.member.delete")
    assert (event.subject, event.before["role"]) == (f"member:{gone}", "agent")


def test_what_groups_a_person_is_in_is_audited_and_not_undone(staff):
    boss, person = staff("admin"), build.user("Helper", staff=True)
    url = reverse("admin:accounts_user_change", args=[person.pk])
    support, manager = (Group.objects.get(name=name).pk for name in ("support", "manager"))
    form = {"name": "Helper", "is_active": "on", "is_staff": "on", "reason": "Stands in this week",
            "groups": [support, manager], "seen": seen(boss, url), "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0"}  # fmt: skip

    assert boss.post(url, form).status_code == 302
    stale = boss.post(url, form | {"groups": [support]})

    event = AuditEvent.objects.get(action="accounts.user.change")
    assert (event.before, event.after) == ({"groups": ""}, {"groups": "manager, support"})
    assert event.reason == "Stands in this week"
    assert "Somebody changed this" in stale.content.decode() and person.groups.count() == 2


def seen(client, url):
    return re.search(r'name="seen" value="([^"]*)"', client.get(url).content.decode())[1]


# fmt: off
PARTICULARS = (  # what is typed                                                        field at fault
    ({"gstin": "29ZZZCB0002B1ZX"},                                                      "gstin"),  # check character
    ({"gstin": "27ZZZCM0003C1ZM"},                                                      "gstin"),  # another State
    ({"gstin": ""},                                                                     "gstin"),
    ({"registration": "unregistered"},                                                  "gstin"),
    ({"registration": "uin"},                                                           "gstin"),
    ({"registration": "export_lut", "gstin": ""},                                       "state"),
    ({"registration": "export_lut", "gstin": "", "state": "96"},                        "country"),
    ({"registration": "export_lut", "gstin": "", "state": "96", "country": "IN"},       "country"),
    ({"registration": "export_lut", "gstin": "", "state": "96", "country": "AE"},       "pin"),
    ({"country": "AE"},                                                                 "country"),
    ({"pin": ""},                                                                       "pin"),
    ({"state": "96", "gstin": "", "registration": "unregistered"},                      "state"),
    ({"pan": "ABC"},                                                                    "pan"),
    ({"pan": "AAPPV8261K"},                                                             "pan"),    # not the GSTIN's
    ({"billing_name": "Lotus\u202ecod.exe"},                                            "billing_name"),
    ({"pin": "012345"},                                                                 "pin"),
    ({"minimum_top_up": "ten"},                                                         "minimum_top_up"),
    ({"minimum_top_up": "0"},                                                           "minimum_top_up"),
)
# fmt: on


@pytest.mark.parametrize(("typed", "field"), PARTICULARS)
def test_tax_particulars_must_agree(typed, field, staff, account):
    client = staff("manager")

    answer = client.post(page(account), fields(client, page(account)) | {"reason": "x"} | typed)

    assert answer.status_code == 200 and field in answer.context["adminform"].form.errors


def test_an_account_is_opened_with_its_numbers_in_rupees(staff, account):
    client, url = staff("manager"), reverse("admin:accounts_account_add")
    form = fields(client, url) | {
        "ban": "BA-200001", "customer": str(account.customer_id), "name": "Desk", "billing_name": "Desk & Co",
        "address": "1 #2/3", "city": "Pune", "pin": "411001", "state": "27", "registration": "unregistered",
        "minimum_top_up": "₹2,500.50", "reason": "Signed today",
    }  # fmt: skip

    assert client.post(url, form).status_code == 302
    assert Account.objects.get(ban="BA-200001").minimum_top_up == 250050


def test_a_customer_abroad_has_a_country_and_no_pin_code(staff, account):
    client = staff("manager")
    form = fields(client, page(account)) | {
        "registration": "export_lut", "gstin": "", "state": "96", "country": "AE", "city": "Dubai", "pin": "",
        "reason": "Moved to Dubai",
    }  # fmt: skip

    assert client.post(page(account), form).status_code == 302

    account.refresh_from_db()
    assert (account.country, account.pin) == ("AE", "")
    assert AuditEvent.objects.get().after["country"] == "AE"


LISTS = (
    "accounts_account", "accounts_customer", "accounts_user", "accounts_notice", "accounts_entry", "accounts_line",
    "accounts_balance", "accounts_auditevent", "invoices_document", "invoices_documentfile", "payments_payment",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_longer_list_costs_no_more_queries(name, staff):
    client, url, counts = staff("admin"), reverse(f"admin:{name}_changelist"), []
    for _ in range(2):
        for _ in range(4):
            one = build.account()
            build.charge(one, 100)
            build.paid(one, 500)
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 14, counts


def test_an_exported_cell_is_never_a_formula(staff, account):
    Account.objects.filter(pk=account.pk).update(name="=HYPERLINK(1)")
    build.paid(account, 1180)
    picked = {"action": "export_csv", "_selected_action": [account.pk]}

    text = staff("finance").post(reverse(LIST), picked).getvalue().decode("utf-8-sig")

    assert "'=HYPERLINK(1)" in text and "1000.00" in text and "<" not in text


@pytest.mark.parametrize(("role", "shown"), [("finance", "₹1,500.00"), ("manager", 'value="1500.00"')])
def test_money_is_shown_in_rupees_to_who_may_read_and_to_who_may_write(role, shown, staff):
    html = staff(role).get(page(build.account())).content.decode()

    assert shown in html
    assert "150000" not in html
