"""The OpenAPI description of the doors in api.py."""

from billing_portal import openapi
from billing_portal.openapi import (
    BAN,
    DAY,
    INR,
    MOMENT,
    PAISE,
    TEXT,
    YES,
    codes,
    many,
    maybe,
    ref,
    thing,
    told,
)
from billing_portal.parameters import PAGED
from invoices.api_schema import PDF
from payments.models import Debit, Mandate, Payment, Refund
from payments.outcome import State

TAG = "Paying"
NUMBER = openapi.in_path("number", "the payment's number", "^[-a-zA-Z0-9_]+$")
CHOICES = ("due", "clear", "due-top-up", "top-up", "return")
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[!-~]{1,64}$"},
    "description": "Yours, new for each payment: the same request with the same key is the same payment and answer.",
}
# fmt: off
CREATE_WORDS = {
    "400": "The key is missing, or a field of the body cannot be; `errors` names each.",
    "409": "`IN_PROGRESS`: send the same again in a moment. `ACCOUNT_DELETED`, `PAYMENT_OVER`: it cannot be paid.",
    "413": "The body is larger than 10 kB.",
    "415": "The body is not application/json.",
    "422": "`KEY_REUSED`: this key stands for another request.",
    "503": "`GATEWAY_AWAY`: nothing was charged; send the same again, with the same key.",
}
# fmt: on
CHOICE = thing(
    choice=codes(CHOICES),
    label=TEXT,
    amount=PAISE,
    pays=many(thing(document=TEXT, amount=PAISE, left=told(PAISE, "paise: open on it afterwards"))),
    recovery_fee=told(PAISE, "paise: of an archived account"),
    to_balance=told(PAISE, "paise: added to the balance, without tax"),
    tax=told(PAISE, "paise: GST inside what is beyond bills"),
    still_due=PAISE,
)
DOCUMENT = thing(number=TEXT, id=TEXT, kind=TEXT, kind_label=TEXT, pdf=PDF)
ALLOCATION = thing(document=TEXT, id=TEXT, amount=PAISE, left=told(PAISE, "paise: open on it afterwards"))
STATE = codes(State)
PAYMENT = {
    "number": TEXT, "amount": PAISE, "currency": INR, "state": STATE, "label": TEXT,
    "reason": told(maybe(TEXT), "why it failed"), "channel": codes(Payment.Channel.values),
    "method": maybe(TEXT), "paid_with": told(maybe(TEXT), "masked"), "started_at": MOMENT,
    "received_at": maybe(MOMENT), "gateway_order_id": maybe(TEXT), "gateway_payment_id": maybe(TEXT),
    "allocation": told(many(ALLOCATION), "bills that it paid"),
    "to_balance": told(PAISE, "paise: what it added to the balance"), "tax": told(PAISE, "paise: GST inside it"),
    "documents": many(DOCUMENT),
}  # fmt: skip
PAY_AT = told(TEXT, "where a member who may pay goes on to the gateway, signed in")
REFUND = thing(number=TEXT, amount=PAISE, state=codes(Refund.Status.values), label=TEXT)
MANDATE = thing(
    number=TEXT, state=codes(Mandate.State.values), label=TEXT, method=codes(Mandate.Method.values),
    method_label=TEXT, instrument=told(maybe(TEXT), "masked"), ceiling=told(PAISE, "paise a debit"), valid_until=DAY,
    paused_by=maybe(codes(Mandate.PausedBy.values)), reason=maybe(TEXT),
)  # fmt: skip
DEBIT = thing(
    number=TEXT, purpose=codes(Debit.Purpose.values), state=codes(Debit.State.values), label=TEXT,
    reason=maybe(TEXT), amount=PAISE, debit_at=MOMENT, documents=many(TEXT), payment=maybe(TEXT),
)  # fmt: skip
SCHEMAS = {
    "Amounts": thing(
        account=BAN,
        currency=INR,
        due=PAISE,
        due_on=told(maybe(DAY), "of the oldest unpaid bill"),
        minimum_top_up=PAISE,
        amount_to_clear=told(PAISE, "paise: paying it brings the balance to 0 or above"),
        choices=many(CHOICE),
    ),
    "Payment": thing(**PAYMENT),
    "PaymentInFull": thing(account=BAN, **PAYMENT, refunds=many(REFUND), pay_at=maybe(PAY_AT)),
    "PaymentBegun": thing(
        account=BAN, number=TEXT, amount=PAISE, currency=INR, state=STATE, label=TEXT, started_at=MOMENT,
        gateway_order_id=TEXT, pay_at=PAY_AT,
    ),
    "Mandate": MANDATE,
    "Debit": DEBIT,
    "AutoPay": thing(
        account=BAN, currency=INR, state=codes(["off", *Mandate.State.values]), label=TEXT,
        mandate=maybe(ref("Mandate")), coming_mandate=maybe(ref("Mandate")), daily_cap=maybe(PAISE),
        monthly_cap=maybe(PAISE), tops_up_when_low=YES, next_debit=maybe(ref("Debit")),
        debits=told(many(ref("Debit")), "what has been, newest first"),
    ),
}  # fmt: skip


def _wanted() -> openapi.Schema:
    """Return the body that begins a payment: an amount or a choice."""
    inr = {"currency": INR}
    amount = {"type": "integer", "minimum": 1, "description": "paise"}
    ways = [
        {"properties": {"amount": amount, **inr}, "required": ["amount"]},
        {"properties": {"choice": codes(CHOICES), **inr}, "required": ["choice"]},
    ]
    return {"oneOf": [{"type": "object", "additionalProperties": False, **way} for way in ways]}


def _create() -> openapi.Schema:
    words = openapi.WORDS | CREATE_WORDS
    statuses = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503")
    return {
        "operationId": "beginPayment",
        "summary": "Begin a payment: its order at the gateway, and the page where a person pays it",
        "tags": [TAG],
        "description": "Scope: *pay*. An amount in paise, or a choice of …/amounts/.",
        "parameters": [KEY],
        "requestBody": {"required": True, "content": openapi.json(_wanted())},
        "responses": {
            "201": {
                "description": "Begun; the same again for the same key",
                "content": openapi.json(ref("PaymentBegun")),
            },
            **openapi.problems(*statuses, words=words),
        },
    }


BASE = "/api/v1/accounts/{ban}"
OF = {"parameters": [openapi.OF_ACCOUNT]}
PATHS = {
    f"{BASE}/amounts/": OF
    | {
        "get": openapi.reading(
            "readAmounts", "What to pay, and what each amount will do", ref("Amounts"), tag=TAG
        )
    },
    f"{BASE}/payments/": OF
    | {
        "get": openapi.reading(
            "listPayments", "Payments, newest first", openapi.paged("Payment"), tag=TAG, parameters=PAGED
        ),
        "post": _create(),
    },
    f"{BASE}/payments/{{number}}/": {
        "parameters": [openapi.OF_ACCOUNT, NUMBER],
        "get": openapi.reading(
            "readPayment", "What became of a payment, and where its money went", ref("PaymentInFull"), tag=TAG
        ),
    },
    f"{BASE}/auto-pay/": OF
    | {
        "get": openapi.reading(
            "readAutoPay", "The mandate, its limits and its debits", ref("AutoPay"), tag=TAG
        )
    },
}
