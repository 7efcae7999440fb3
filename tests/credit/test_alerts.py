"""The alerts given: each crossing once, with amounts that come true when they are paid."""

from datetime import timedelta

import pytest

from credit import alerts, exposure
from tests import build
from tests.build import NOW
from tests.credit.crossing import DAY, look, names, scene


@pytest.mark.django_db
def test_low_balance_is_told_on_the_crossing_and_armed_again_above():
    account = scene()
    told = []
    for day, pays, minutes in ((0, 0, 0), (1, 700, 0), (2, 0, 1160), (3, 0, 1), (4, 700, 0), (5, 0, 1200)):
        now = NOW + day * DAY
        if pays:
            build.paid(account, pays, now=now)
        build.used(account, minutes, now=now, key=f"d{day}")
        look(account, now)
        told.append(names(account).count("low-balance"))

    # a new account crosses nothing; above; below: told; still below: nothing; above; below again: told again
    assert told == [0, 0, 1, 1, 1, 2]


@pytest.mark.django_db
def test_low_balance_is_told_at_most_once_a_day():
    account = scene()
    told = []
    for part in range(2):
        build.paid(account, 700)
        build.used(account, 1160 if part == 0 else 990, key=f"p{part}")
        look(account)
        told.append(names(account).count("low-balance"))

    look(account, NOW + DAY)

    assert (told, names(account).count("low-balance")) == ([1, 1], 2)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "registration"), [("29", "regular"), ("27", "regular"), ("29", "sez_lut")])
@pytest.mark.parametrize("owed", ["0.01", "0.99", "500", "847.46", "12345.67"])
def test_paying_the_minimum_to_pay_ends_above_the_minimum(state, registration, owed):
    account = build.account(state=state, registration=registration)
    build.charge(account, owed)
    before = exposure.read(account, now=NOW)
    minimum = alerts.minimum_to_pay(before, account.minimum_balance)

    build.paid(account, f"{minimum // 100}.{minimum % 100:02}")
    after = exposure.read(account, now=NOW).balance

    assert after > account.minimum_balance
    assert after - account.minimum_balance <= 100  # a rupee less would not have been enough


@pytest.mark.django_db
@pytest.mark.parametrize("minimum", [-10_000, 0, 1, 50_000, 99_999])
def test_the_least_payment_for_a_balance_is_the_least(minimum):
    account = scene()
    build.charge(account, 50)
    least = exposure.read(account, now=NOW).to_pay_for(minimum)

    if least:
        build.paid(account, f"{least // 100}.{least % 100:02}")

    reached = exposure.read(account, now=NOW).balance
    assert least or reached == -5_900
    assert minimum <= reached and (not least or reached <= minimum + 1)


# fmt: off
MARKS = (
    # used of 1,000 (per cent), one after the other     warnings told
    ((79, 80, 85),                                      [80]),
    ((96,),                                             [95]),
    ((80, 95, 99),                                      [80, 95]),
    ((80, 77, 81),                                      [80]),
    ((80, 74, 81),                                      [80, 80]),
    ((95, 91, 96),                                      [95]),
    ((95, 89, 96),                                      [95, 95]),
    ((101,),                                            []),
)
# fmt: on


@pytest.mark.django_db
@pytest.mark.parametrize(("used", "told"), MARKS)
def test_limit_warnings_at_80_and_95_per_cent(used, told):
    account = scene()
    build.used(account, 1000)
    build.charge(account, "500")  # 590.00 outstanding
    for step, per_cent in enumerate(used):
        build.limit(account, 590 * 100 // per_cent)  # so that so many per cent of it are used
        look(account, NOW + step * timedelta(hours=1))

    warned = account.notices.filter(name="credit-limit-warning").order_by("pk")
    assert [one.context["mark"] for one in warned] == told


@pytest.mark.django_db
def test_the_credit_limit_mail_comes_at_80_per_cent_once_a_cycle_with_its_seven_fields():
    account = scene(limit="1200")
    for part in range(4):
        build.used(account, 300, key=f"p{part}")  # of 1,000 + 500 free call units
        look(account)
    short = account.notices.filter(name="credit-limit").count()
    build.used(account, 200, feature="incoming")
    look(account)
    look(account)

    mail = account.notices.get(name="credit-limit")
    fields = {
        "outstanding",
        "prepaid",
        "current_usage",
        "available",
        "exceeded",
        "limit",
        "total_outstanding",
    }
    assert short == 0
    assert fields <= set(mail.context)
    assert mail.context["exceeded"] == ["Click-to-call"]
    assert mail.context["available"] == ["Incoming calls", "Click-to-call"]
