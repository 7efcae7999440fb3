"""A customer's program: a key of an account, its questions, and an account with one of everything behind it."""

import json
import uuid

from django.test import Client
from jsonschema import Draft202012Validator

from accounts import api_keys, notices
from billing_portal import api_document
from invoices import usage
from tests import build
from tests.build import NOW
from tests.payments.mandates import planned

READ = (
    "balance",
    "amounts",
    "payments",
    "documents",
    "usage",
    "usage/records",
    "statement",
    "alerts",
    "auto-pay",
)


def key(account=None, *scopes):
    """The token of a new key."""
    made = api_keys.issue("Books", scopes or ["read"], account=account, actor=None, reason="test", now=NOW)
    return made.token


def ask(token, ban, path, **query):
    return Client().get(
        f"/api/v1/accounts/{ban}/{path}/",
        query,
        headers={"authorization": f"Bearer {token}"} if token else {},
    )


def begin(token, ban, body, idempotency="order-1"):
    headers = {"authorization": f"Bearer {token}"} | (
        {"idempotency-key": idempotency} if idempotency is not None else {}
    )
    said = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return Client().post(
        f"/api/v1/accounts/{ban}/payments/", said, content_type="application/json", headers=headers
    )


def lived(times=1):
    """An account with bills, payments, vouchers, calls, a mandate and a debit; twelve times as much for twelve."""
    account = build.account()
    build.limit(account, 50_000)  # its pages stay open
    build.subscribed(account)
    for _ in range(times):
        build.charge(account, 700)
        build.paid(account, 1500)
        build.charge(account, 400)
        calls = [build.call(account) for _ in range(3)] + [build.message(account)]
        assert usage.ingest(calls, source="platform", now=NOW)
        notices.owe(account, "low-balance", event=f"low:{uuid.uuid4()}", now=NOW)
        account.contacts.create(name="Desk", email=f"desk{uuid.uuid4().hex[:6]}@example.in")
    planned(account)
    account.refresh_from_db()
    return account


def operation(path, method, status):
    """What the OpenAPI document says that an address answers."""
    document = api_document.document()
    content = document["paths"][path][method]["responses"][status]["content"]["application/json"]
    return {**content["schema"], "components": document["components"]}


def conforms(answer, path, method="get", status="200"):
    """Hold an answer against what the OpenAPI document says of its address."""
    Draft202012Validator(operation(path, method, status)).validate(answer.json())
    return answer.json()
