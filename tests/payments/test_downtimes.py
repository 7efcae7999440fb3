"""Ways to pay that are failing: heard, polled, over again, and what people are told."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from payments import downtimes, webhooks
from payments.gateways.reconciliation import ReportedDowntime
from payments.models import Downtime
from tests import build, fakes

pytestmark = pytest.mark.django_db

NOW = build.NOW
HOUR = timedelta(hours=1)


def down(method="upi", *, status="started", **fields):
    values = {
        "downtime_id": build.gateway_id("down"),
        "instrument": {},
        "severity": "high",
        "is_scheduled": False,
        "begins_at": NOW - HOUR,
        "ends_at": None,
    }
    return ReportedDowntime(method=method, status=status, **(values | fields))


def said():
    return [(one.what, one.instead) for one in downtimes.outages(NOW)]


def test_what_is_polled_is_said_until_it_is_not_told_any_more(world):
    world.listed.downtimes.append(down())
    downtimes.poll(now=NOW)
    assert said() == [("UPI payments", "Card and net banking work.")]

    world.listed.downtimes.clear()
    downtimes.poll(now=NOW)
    assert said() != []  # told at this very moment
    downtimes.poll(now=NOW + HOUR)

    assert said() == []
    assert Downtime.objects.get().resolved_at == NOW + HOUR


def test_what_fails_in_part_is_not_said_to_work(world):
    downtimes.keep(down("upi", instrument={"vpa_handle": "okhdfcbank"}), now=NOW)
    downtimes.keep(down("card", instrument={"network": "VISA"}), now=NOW)

    assert [instead for _what, instead in said()] == ["Net banking works.", "Net banking works."]


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (down("netbanking", instrument={"bank": "HDFC"}), ["Net banking payments with HDFC"]),
        (down("card", instrument={"network": "VISA"}), ["Card payments with VISA"]),
        (down("upi", begins_at=NOW + HOUR, status="scheduled", is_scheduled=True), []),
        (down("upi", begins_at=NOW - HOUR, ends_at=NOW - HOUR / 2), []),
        (down("upi", severity="low"), []),
        (down("upi", status="resolved"), []),
    ],
)
def test_what_is_said_of_each(world, told, what):
    downtimes.keep(told, now=NOW)

    assert [one.what for one in downtimes.outages(NOW)] == what


def test_a_part_says_no_more_where_the_whole_fails(world):
    downtimes.keep(down("netbanking", instrument={"bank": "HDFC"}), now=NOW)
    downtimes.keep(down("netbanking"), now=NOW)
    downtimes.keep(down("upi"), now=NOW)

    assert said() == [("Net banking payments", "Card works."), ("UPI payments", "Card works.")]


def test_one_that_is_over_stays_over_whatever_comes_late(world):
    told = down()
    downtimes.keep(told, now=NOW)
    downtimes.keep(down(downtime_id=told.downtime_id, status="resolved"), now=NOW)

    downtimes.keep(told, now=NOW)

    assert said() == []


def test_auto_pay_asks_whether_a_bank_is_affected(world):
    downtimes.keep(down("netbanking", instrument={"bank": "HDFC"}), now=NOW)
    downtimes.keep(down("upi"), now=NOW)

    assert downtimes.affected("netbanking", "hdfc", NOW)
    assert not downtimes.affected("netbanking", "ICIC", NOW)
    assert downtimes.affected("upi", "", NOW)
    assert not downtimes.affected("card", "HDFC", NOW)


def test_a_call_is_taken_for_a_reason_to_look(world):
    told = down()
    world.listed.downtimes.append(told)
    payload = {"payment.downtime": {"entity": {"id": told.downtime_id, "status": "started"}}}
    body = json.dumps({"entity": "event", "event": "payment.downtime.started", "payload": payload}).encode()

    webhooks.store(body, fakes.sign(body), "e1", now=NOW)
    webhooks.handle_due(now=NOW)

    assert said() == [("UPI payments", "Card and net banking work.")]


def test_the_page_for_paying_says_it_and_lets_people_pay(world, client):
    account = build.account()
    client.force_login(build.owner(account))
    downtimes.keep(down(), now=NOW)

    page = client.get(reverse("payments", kwargs={"ban": account.ban})).content.decode()

    assert "UPI payments are failing at the moment" in page
    assert 'type="submit">Pay' in page
