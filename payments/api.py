"""The customer's doors of paying: what to pay, payments and the beginning of one, auto-pay (docs/api.md)."""

import re
from typing import Any, ClassVar

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_account import AccountView
from accounts.levels import Level
from accounts.models import ApiKey
from billing_portal import clock, cursors
from billing_portal.parameters import PAGED
from billing_portal.problems import Invalid, Refused
from credit import exposure
from invoices import settlement
from payments import api_answers, api_orders, options, outcome, recharge
from payments.gateways import GatewayError

KEY = re.compile(r"[!-~]{1,64}")
CHOICE = re.compile(r"[a-z-]{1,20}")
HEADER = "Idempotency-Key"
AGAIN = 2  # seconds until the same request may be sent again
LARGEST = 2**53  # a number that every program reads as it was written


class Amounts(AccountView):
    """`GET …/amounts/`: what is due, and what each amount on offer will do. A deleted account is offered none."""

    stays_open = True

    def get(self, _request: Request, ban: str) -> Response:  # noqa: ARG002 - the account is read by it
        account, now = self.account, clock.now()
        unpaid, today = settlement.unpaid(account), clock.business_date(now)
        is_final = account.wanted_level == Level.DELETED
        offered = [] if is_final else options.offered(account, unpaid, now=now)
        choices = [(one, options.preview(account, one.amount, unpaid, on=today)) for one in offered]
        to_clear = exposure.read(account, now=now).amount_to_clear
        return Response(api_answers.amounts(account, unpaid, choices, to_clear))


class Payments(AccountView):
    """`GET …/payments/`: the recharge history. `POST`: begins a payment, once a key."""

    scopes: ClassVar[dict[str, str]] = {"POST": ApiKey.Scope.PAY}
    parameters = PAGED
    stays_open = True

    def get(self, _request: Request, ban: str) -> Response:
        asked, rows = self.asked, self.account.payments.told()
        page = cursors.page(rows, "started_at", cursors.moment, cursor=asked["cursor"], size=asked["limit"])
        return self.page([api_answers.payment(one, ban) for one in outcome.read(page.rows)], page.next)

    def post(self, request: Request, ban: str) -> Response:
        key, asked, now = _key(request), _asked(request.data), clock.now()
        made_with = request.auth.prefix  # type: ignore[union-attr]  # the permission has seen the key
        order = _placed(self, asked, key, made_with)
        headers = {"Location": f"{request.path}{order.payment.number}/"}
        if order.answer is not None:
            return Response(order.answer, status=201, headers=headers | {"Idempotency-Replayed": "true"})
        (became,) = outcome.read([order.payment])
        answer = api_answers.order(order.payment, became.state, ban)
        return Response(api_orders.keep(order, answer, now=now), status=201, headers=headers)


def _placed(view: AccountView, asked: api_orders.Asked, key: str, made_with: str) -> api_orders.Order:
    """Begin the payment, or find it; in the problem's words where that cannot be."""
    try:
        return api_orders.place(view.account, asked, key=key, made_with=made_with, now=clock.now())
    except api_orders.NotOffered as error:
        raise Invalid({"choice": str(error)}) from None
    except recharge.IsFinal as error:
        raise Refused(409, str(error), "ACCOUNT_DELETED") from None
    except recharge.AmountNotPossible as error:
        raise Invalid({"choice" if asked.choice else "amount": str(error)}) from None
    except api_orders.KeyReused:
        raise Refused(422, "This Idempotency-Key stands for another request.", "KEY_REUSED") from None
    except api_orders.InProgress:
        said = "The same request is being worked on. Send it again in a moment, with the same key."
        raise Refused(409, said, "IN_PROGRESS", wait=AGAIN) from None
    except api_orders.Over:
        said = "The payment of this key was never opened and has run out. Begin another one with a new key."
        raise Refused(409, said, "PAYMENT_OVER") from None
    except GatewayError:
        said = "The payment gateway does not answer. Nothing was charged. Send the same again, with the same key."
        raise Refused(503, said, "GATEWAY_AWAY", wait=AGAIN) from None


def _key(request: Request) -> str:
    """Return the idempotency key of a request. Raises Invalid."""
    key = request.headers.get(HEADER, "")
    if not KEY.fullmatch(key):
        raise Invalid(
            {HEADER: "Send one: 1 to 64 printable ASCII characters without spaces, new for each payment."}
        )
    return key


def _asked(body: Any) -> api_orders.Asked:
    """Read what is to be paid. Raises Invalid that names the field."""
    if not isinstance(body, dict):
        raise Invalid({"body": "An object with amount, in paise, or choice."})
    if unknown := sorted(set(body) - {"amount", "choice", "currency"}):
        raise Invalid(
            {name[:40]: "No such field. There is amount, choice, currency." for name in unknown[:10]}
        )
    if body.get("currency", "INR") != "INR":
        raise Invalid({"currency": "Only INR."})
    if ("amount" in body) == ("choice" in body):
        raise Invalid({"amount": "Either amount, in paise, or choice."})
    if "amount" in body:
        return api_orders.Asked(amount=_amount(body["amount"]))
    choice = body["choice"]
    if not isinstance(choice, str) or not CHOICE.fullmatch(choice):
        raise Invalid({"choice": "The code of a choice of …/amounts/."})
    return api_orders.Asked(choice=choice)


def _amount(said: Any) -> int:
    if type(said) is not int or not 0 < said < LARGEST:
        raise Invalid({"amount": "A whole number of paise above 0."})
    return said


class OnePayment(AccountView):
    """`GET …/payments/{number}/`: what became of a payment, where its money went, its documents."""

    stays_open = True

    def get(self, _request: Request, ban: str, number: str) -> Response:
        row = self.account.payments.told().select_related("account").filter(number=number).first()
        if row is None:
            raise NotFound("No such payment.")
        (became,) = outcome.read([row])
        can_be_paid = recharge.can_be_paid(row, now=clock.now())
        return Response(api_answers.in_full(became, ban, can_be_paid=can_be_paid))


class AutoPay(AccountView):
    """`GET …/auto-pay/`: the mandate, its limits, what is debited next and what was."""

    stays_open = True

    def get(self, _request: Request, ban: str) -> Response:  # noqa: ARG002 - the account is read by it
        return Response(api_answers.auto_pay(self.account, now=clock.now()))
