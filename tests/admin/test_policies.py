"""The overdue policy in the admin: checked at its rows, previewed, published as previewed, a milder one applied."""

from dataclasses import replace

import pytest
from django.urls import reverse

from accounts.levels import Level
from accounts.models import AuditEvent
from credit import ladder_checks, milder_policies, overdue_policies
from credit.ladder import Action
from credit.models import PolicyVersion
from credit.policy import OVERDUE_STEPS
from tests import build
from tests.ladder import at, bill, case, level, sweep

pytestmark = pytest.mark.django_db
PUBLISH = "admin:credit_policy_publish"
LATER = tuple(replace(s, day=20) if s.action == Action.BLOCK_OUTBOUND else s for s in OVERDUE_STEPS)
SOONER = tuple(replace(s, day=10) if s.action == Action.BLOCK_OUTBOUND else s for s in OVERDUE_STEPS)


def form(steps, *, after=1, **more):
    rows = ladder_checks.written(steps)
    data = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": 0, "reason": "Decided", "after": after}
    for place, row in enumerate(rows):
        data |= {f"form-{place}-{name}": value for name, value in row.items()}
    return data | more


def publish(client, steps, **more):
    """Check, then publish what was previewed."""
    shown = client.post(reverse(PUBLISH), form(steps, **more))
    return client.post(reverse(PUBLISH), form(steps, confirm=shown.context["seen"], **more))


@pytest.fixture
def blocked(account):
    """An account blocked since day 15, which is today."""
    bill(account, due=-15)
    sweep(range(-15, 1))
    return account


@pytest.mark.parametrize(
    ("role", "may"),
    [("support", False), ("finance", False), ("manager", True), ("auditor", False), ("admin", True)],
)
def test_who_publishes_and_applies(role, may, staff, blocked):
    client = staff(role)
    pages = [reverse(PUBLISH), reverse("admin:credit_case_policy", args=[case(blocked).pk])]

    codes = {client.get(page).status_code for page in pages}
    client.post(reverse(PUBLISH), form(LATER, confirm="x"))

    assert codes == {200 if may else 403}
    assert client.get(reverse("admin:credit_policyversion_changelist")).status_code == 200
    assert PolicyVersion.objects.count() == 1


def test_what_is_not_sane_is_said_at_its_row_and_field(staff):
    harsh = (*OVERDUE_STEPS[:3], replace(OVERDUE_STEPS[3], day=15), *OVERDUE_STEPS[4:])

    answer = staff("manager").post(reverse(PUBLISH), form(harsh))

    assert answer.status_code == 422
    assert answer.context["rows"][3].errors == {"day": ["Days ascend: day 15 stands after day 15."]}
    assert b"Publish it" not in answer.content


def test_every_field_of_the_ladder_has_a_name(staff):
    text = staff("manager").get(reverse(PUBLISH)).content.decode()

    for words in ("Row 1: day", "Row 3: does", "Row 3: says", "Row 7: leave out"):
        assert f'aria-label="{words}"' in text


REFUSED = (
    ({"form-0-day": "-5"}, "Row 1, day: "),
    ({"form-0-day": "3651"}, "Row 1, day: "),
    ({"form-1-day": "soon"}, "Row 2, day: Enter a whole number."),
    ({"form-1-day": ""}, "Row 2, day: This field is required."),
    ({"form-1-action": "shoot"}, "Row 2, action: "),
    ({"form-2-notice": "hello"}, "Row 3, notice: "),
    ({"form-2-channels": "pigeon"}, "Row 3, channels: "),
    ({"form-2-channels": []}, "Row 3, channels: This field is required."),
    ({"form-1-day": "15"}, "Days ascend"),
    ({"form-2-notice": "suspended"}, "Day 15 says “suspended”"),
    ({f"form-{place}-DELETE": "on" for place in range(7)}, "A ladder has at least one step."),
    ({"form-TOTAL_FORMS": 0}, "A ladder has at least one step."),
    ({"form-TOTAL_FORMS": "many"}, "ManagementForm data is missing"),
    ({"form-TOTAL_FORMS": 31}, "at most 30 forms"),
    ({"after": 2**70}, "After: Ensure this value is less"),
    ({"after": -1}, "After: Ensure this value is greater"),
    ({"reason": ""}, "This field is required."),
)


@pytest.mark.parametrize(("wrong", "said"), REFUSED, ids=[str(wrong) for wrong, _said in REFUSED])
def test_every_refused_form_is_422_names_the_field_and_saves_nothing(wrong, said, staff):
    client = staff("manager")

    for more in ({}, {"confirm": "x"}):
        answer = client.post(reverse(PUBLISH), form(OVERDUE_STEPS, **wrong) | more)
        assert answer.status_code == 422
        assert said in answer.content.decode() and "Publish it" not in answer.content.decode()
    assert PolicyVersion.objects.count() == 1


def test_the_preview_names_whom_it_moves_and_publishes_nothing(staff, blocked):
    answer = staff("manager").post(reverse(PUBLISH), form(LATER))

    assert [one.ban for one in answer.context["moved"]] == [blocked.ban]
    assert PolicyVersion.objects.count() == 1


def test_only_what_was_previewed_is_published(staff):
    client = staff("manager")
    shown = client.post(reverse(PUBLISH), form(LATER))
    answer = client.post(reverse(PUBLISH), form(SOONER, confirm=shown.context["seen"]))
    assert answer.status_code == 200 and PolicyVersion.objects.count() == 1

    publish(client, LATER)

    newest = PolicyVersion.objects.latest("number")
    assert (newest.number, ladder_checks.read(newest.steps), newest.saved_by.name) == (2, LATER, "manager")
    assert AuditEvent.objects.get(action="credit.policy.publish").reason == "Decided"


def test_rows_may_be_typed_in_any_order_and_left_out(staff):
    client = staff("manager")
    turned = (OVERDUE_STEPS[-1], *OVERDUE_STEPS[:-1])
    publish(client, turned)
    assert ladder_checks.read(PolicyVersion.objects.latest("number").steps) == OVERDUE_STEPS

    publish(client, OVERDUE_STEPS, after=2, **{"form-6-DELETE": "on", "form-5-DELETE": "on"})

    assert ladder_checks.read(PolicyVersion.objects.latest("number").steps) == OVERDUE_STEPS[:5]


def test_a_version_that_came_in_between_is_not_passed_over(staff):
    client = staff("manager")
    publish(client, LATER)

    answer = publish(client, SOONER, after=1)

    assert answer.status_code == 422 and PolicyVersion.objects.count() == 2


def test_an_open_case_keeps_its_version(staff, blocked):
    publish(staff("manager"), SOONER)

    assert case(blocked).policy.number == 1
    other = build.account()
    bill(other)
    assert case(other).policy.number == 2


def version(steps):
    number = overdue_policies.current(now=build.NOW).number
    return overdue_policies.publish(steps, after=number, actor=build.user("boss"), reason="x", now=at(0))


def test_a_milder_version_is_previewed_applied_and_lifts_at_once(staff, blocked):
    version(LATER)
    client, page = staff("manager"), reverse("admin:credit_case_policy", args=[case(blocked).pk])
    data = {"version": 2, "reason": "Agreed"}
    assert "29 Nov 2026" in client.post(page, data).content.decode()
    assert level(blocked) == Level.OUTBOUND_BLOCKED

    client.post(page, data | {"confirm": "1"})

    assert (level(blocked), case(blocked).policy.number) == (Level.ACTIVE, 2)
    assert AuditEvent.objects.get(action="credit.policy.apply").reason == "Agreed"
    sweep(range(1, 6))
    assert level(blocked) == Level.OUTBOUND_BLOCKED


def test_a_harm_that_the_milder_version_does_not_have_is_lifted(blocked):
    version(OVERDUE_STEPS[:2])

    milder_policies.apply(case(blocked).pk, 2, by=build.user("b"), reason="x", now=at(0))

    assert level(blocked) == Level.ACTIVE and case(blocked).next_step_on is None


def test_a_harsher_version_is_refused_by_every_route(staff, blocked):
    version(SOONER)
    client = staff("manager")
    page = reverse("admin:credit_case_policy", args=[case(blocked).pk])
    assert client.post(page, {"version": 2, "reason": "x", "confirm": "1"}).status_code == 422

    with pytest.raises(milder_policies.NotPossible, match="harsher"):
        milder_policies.apply(case(blocked).pk, 2, by=build.user("b"), reason="x", now=at(0))

    assert case(blocked).policy.number == 1
    shown = client.get(reverse("admin:credit_overduecase_change", args=[case(blocked).pk])).content.decode()
    assert "Apply a milder policy" not in shown
