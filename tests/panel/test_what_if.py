"""The what-if page: the dated future if nothing is paid, and if so much is paid on a day."""

import pytest
from django.urls import reverse

from credit.models import OverdueCase
from tests import build
from tests.ladder import bill, sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(browse):
    """Ask as the owner of an account whose bill is nine days overdue; the words of the page."""
    account = build.account()
    bill(account, due=-9)
    sweep([-9, -2, -1])
    client = browse(build.owner(account))

    def asked(**words):
        answer = client.get(reverse("what-if", kwargs={"ban": account.ban}), words)
        return answer.status_code, " ".join(answer.content.decode().split())

    return asked


def test_nothing_paid_shows_every_step_with_its_date(ask):
    status, text = ask()

    assert status == 200
    for words in (
        "If nothing is paid",
        "30 Nov 2026",
        "15 Dec 2026",
        "14 Jan 2027",
        "Not before 13 Feb 2027",
    ):
        assert words in text


def test_all_paid_in_time_clears_it_and_nothing_else_comes(ask):
    _status, text = ask(amount="59", on="2026-11-28")

    assert "If you pay ₹59.00 on 28 Nov 2026" in text and "Nothing is overdue any more" in text
    assert "Outgoing calls and paid messages stop." not in text


def test_paid_on_the_day_of_a_step_the_step_comes_first(ask):
    _status, text = ask(amount="59", on="2026-11-30")

    assert "Outgoing calls and paid messages stop." in text and "Nothing is overdue any more" in text


def test_a_part_changes_no_date(ask):
    _status, text = ask(amount="58.99", on="2026-11-28")

    assert "Nothing is overdue any more" not in text and "30 Nov 2026" in text and "₹0.01 is due" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"amount": "x", "on": "2026-11-28"}, "amount"),
        ({"amount": "59", "on": "2026-11-23"}, "within 180 days"),
        ({"amount": "59", "on": "2027-11-23"}, "within 180 days"),
        ({"amount": "59", "on": "soon"}, "valid date"),
        ({"amount": "", "on": ""}, "required"),
        ({"amount": "-5", "on": "2026-11-28"}, "amount"),
    ],
)
def test_wrong_input_is_said_at_its_field_and_nothing_changes(ask, words, said):
    before = list(OverdueCase.objects.values())
    status, text = ask(**words)

    assert status == 422 and said in text
    assert list(OverdueCase.objects.values()) == before


def test_an_account_that_owes_nothing(browse):
    account = build.account()

    answer = browse(build.owner(account)).get(reverse("what-if", kwargs={"ban": account.ban}))

    assert answer.status_code == 200 and b"Nothing is unpaid" in answer.content
