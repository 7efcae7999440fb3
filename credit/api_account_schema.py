"""The OpenAPI description of an account's own doors on this floor: balance and alerts."""

from accounts.levels import Level
from accounts.models import Notice
from billing_portal import openapi
from billing_portal.openapi import BAN, INR, MOMENT, PAISE, TEXT, YES, many, maybe, thing, told
from credit.api_answers import ALERTS

TAG = "Balance and alerts"
TERMS = {
    "current_usage": told(PAISE, "paise: the running cycle at list price, before tax and free units"),
    "outstanding": told(PAISE, "paise: what is open on issued bills, with tax"),
    "free_value": told(PAISE, "paise: of the usage, what free units cover"),
    "prepaid": told(PAISE, "paise: advance money not used yet, without its tax"),
    "total_outstanding": told(
        PAISE, "paise: (current_usage + outstanding) − (free_value + prepaid); negative is credit"
    ),
    "balance": told(PAISE, "paise: −total_outstanding"),
    "credit_limit": told(PAISE, "paise: how far below zero calls may take the balance"),
    "headroom": told(PAISE, "paise: credit_limit + balance"),
}
RECIPIENT = thing(name=TEXT, email=maybe(TEXT), phone=maybe(TEXT), by_email=YES, by_sms=YES)
TOLD = thing(
    alert=openapi.codes(ALERTS),
    channel=openapi.codes(Notice.Channel.values),
    recipient=TEXT,
    state=openapi.codes(Notice.State.values),
    label=TEXT,
    at=MOMENT,
)
SCHEMAS = {
    "Balance": thing(
        account=BAN,
        as_of=MOMENT,
        currency=INR,
        **TERMS,
        is_exceeded=told(YES, "strictly above the limit"),
        level=openapi.codes(Level.values),
        label=TEXT,
    ),
    "Alerts": thing(
        account=BAN,
        currency=INR,
        minimum_balance=told(PAISE, "paise: below it the account is warned"),
        minimum_top_up=told(PAISE, "paise: what a top-up usually is"),
        credit_limit=PAISE,
        recipients=told(many(RECIPIENT), "the billing contacts; without any the owners are told"),
        latest=many(TOLD),
    ),
}
BASE = "/api/v1/accounts/{ban}"
PATHS = {
    f"{BASE}/balance/": {
        "parameters": [openapi.OF_ACCOUNT],
        "get": openapi.reading(
            "readBalance", "The balance, its four terms, the credit limit and what is left to it",
            openapi.ref("Balance"), tag=TAG,
        ),
    },
    f"{BASE}/alerts/": {
        "parameters": [openapi.OF_ACCOUNT],
        "get": openapi.reading(
            "readAlerts", "When the account is warned, who is told, and what was told last",
            openapi.ref("Alerts"), tag=TAG,
        ),
    },
}  # fmt: skip
