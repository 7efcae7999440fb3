"""Acts on the chosen rows of a list: what becomes of each is shown first, and a reason is asked for and kept."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Notice
from tests import build

LIST = reverse("admin:accounts_notice_changelist")


@pytest.fixture
def chosen(account):
    """Two messages, one of them parked, as a person marks them on the list."""
    build.paid(account, 100)
    build.paid(account, 200)
    first, second = Notice.objects.order_by("pk")[:2]
    Notice.objects.filter(pk=first.pk).update(state="parked", next_attempt_at=None)
    return {"action": "retry", "index": 0, "select_across": 0, "_selected_action": [first.pk, second.pk]}


def test_the_rows_are_shown_with_what_becomes_of_each_before_anything_is_done(staff, chosen):
    answer = staff("support").post(LIST, chosen)

    shown = answer.content.decode()
    assert answer.status_code == 200 and "2 chosen" in shown
    assert shown.count("stays as it is: it is not parked") == 1
    assert Notice.objects.filter(state="parked").count() == 1
    assert not AuditEvent.objects.filter(action="accounts.retry_notice").exists()


def test_without_a_reason_it_is_asked_for_again(staff, chosen):
    answer = staff("support").post(LIST, chosen | {"reason": " "})

    assert answer.status_code == 422 and "reason" in answer.context["form"].errors
    assert Notice.objects.filter(state="parked").count() == 1


def test_the_reason_stands_in_the_chain_and_a_second_time_does_nothing(staff, chosen):
    client = staff("support")

    said = client.post(LIST, chosen | {"reason": "The post works again"}, follow=True).content.decode()
    again = client.post(LIST, chosen, follow=True).content.decode()

    assert "1 of 2 messages are in the queue again" in said
    assert "Nothing to do: it is not parked" in again
    assert AuditEvent.objects.get(action="accounts.retry_notice").reason == "The post works again"


def test_hidden_characters_in_a_reason_are_not_kept(staff, chosen):
    staff("support").post(LIST, chosen | {"reason": "Post\u202e works"})

    assert AuditEvent.objects.get(action="accounts.retry_notice").reason == "Post works"


def test_a_message_is_sent_once_more_from_its_own_page(staff, chosen):
    sent = Notice.objects.exclude(state="parked")[0]
    Notice.objects.filter(pk=sent.pk).update(state="sent", sent_at=build.NOW)
    page = reverse("admin:accounts_notice_change", args=[sent.pk])
    client = staff("support")

    shown = client.get(page).content.decode()

    assert "Send once more" in shown and 'name="action" value="again"' in shown
    assert "Send once more" not in staff("auditor").get(page).content.decode()
    answer = client.post(LIST, {"action": "again", "index": 0, "_selected_action": [sent.pk]})
    assert answer.status_code == 200 and "1 chosen" in answer.content.decode()
