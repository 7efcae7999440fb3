"""What the sandbox's telephony platform records is what the portal takes."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from accounts import api_keys
from tests import build
from tests.build import NOW
from tests.sandbox.conftest import Phones, box_process, stand_in  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


def test_every_record_of_a_busy_hour_is_accepted(box_process, stand_in):  # noqa: F811
    account = build.account()
    build.subscribed(account, now=NOW - timedelta(days=3))
    token = api_keys.issue("Platform", ["telephony"], account=None, actor=None, reason="test", now=NOW).token
    stand_in.forget()
    box_process.reset(clock=(NOW - timedelta(hours=5)).timestamp(), freeze=True)
    Phones(box_process, stand_in)
    box_process.control("POST", "/telephony/lines", {"ban": account.ban, "pace": 60})
    box_process.advance("PT1H")
    box_process.control("POST", f"/telephony/accounts/{account.ban}/pace", {"pace": 0})
    box_process.advance("PT3H")

    answer = (
        Client()
        .post(
            "/api/v1/usage-events/",
            json.dumps({"records": stand_in.records}),
            content_type="application/json",
            headers={"authorization": f"Bearer {token}"},
        )
        .json()
    )

    assert answer["rejected"] == 0, answer
    assert answer["accepted"] == len(stand_in.records) > 30
