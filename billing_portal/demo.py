"""The demo world: accounts in every situation, with two years of history made by the real use cases.

Everything that happened is one list of moments, sorted and run in order, because document dates never go
backwards along a series. The same seed makes the same history. Seeding is one transaction: a second start
finds the world and leaves it alone.
"""

import functools
import hashlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection, transaction

from accounts import channels
from accounts.models import Account, Contact, Customer, Member, Notice, User
from billing_portal import (
    demo_auto_pay,
    demo_bank,
    demo_disputes,
    demo_plans,
    demo_reconciliation,
    demo_refunds,
    demo_support,
    demo_team,
)
from billing_portal.demo_people import ACCOUNTS, CUSTOMERS, MEMBERS, PEOPLE, STAFF
from billing_portal.demo_story import Told, story
from billing_portal.money import Paise
from credit import review
from invoices import charges, credit_notes, refund_vouchers, settlement
from invoices.models import Document, DocumentFile
from payments import follow_up, parked, policy, recharge, take_in
from payments.gateways import GatewayEvent, GatewayPayment, State
from payments.models import ParkedReport, Payment

PASSWORD = "Kaveri-demo-2026"  # nosec B105 - printed for everybody to read
LOGINS: tuple[tuple[str, str, str], ...] = tuple(
    (role, email, PASSWORD) for role, email, _name in (*STAFF, *PEOPLE)
)
SEED_LOCK = 7_301_002  # advisory lock: one seeds, the others wait and find it done
FINANCE, MANAGER = STAFF[1][1], STAFF[2][1]
INDIA = ZoneInfo("Asia/Kolkata")
WORDS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class NotADemo(Exception):
    """This instance is neither a demo nor under development: it gets no invented customers."""


@dataclass(frozen=True)
class World:
    """What the story's actors need: accounts by number, people by e-mail."""

    accounts: dict[str, Account]
    people: dict[str, User]


def seed(*, now: datetime) -> bool:
    """Make the demo world unless it is there; return whether it was made. Raises NotADemo."""
    if not (settings.DEMO or settings.DEBUG or settings.TESTING):
        raise NotADemo("Set DEMO=true: a production instance gets no invented customers.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [SEED_LOCK])
        if Account.objects.filter(ban=ACCOUNTS[0].ban).exists():
            return False
        world = _people_and_accounts(now)
        demo_plans.publish(actor=world.people[MANAGER], now=now)
        for moment, told in sorted(_moments(now), key=lambda pair: pair[0]):
            ACTS[told.act](world, told, moment)
        people = world.people
        demo_bank.tell(world.accounts, by=people[FINANCE], boss=people[MANAGER], now=now)
        demo_refunds.tell(by=people[FINANCE], now=now)
        demo_team.tell(world.accounts, people, by=people[FINANCE], now=now)
        demo_support.tell(world.accounts, people, now=now)
        while review.sweep(now=now):
            pass  # limits, restrictions and alerts, as the job would have followed
        demo_reconciliation.seed(world.people[FINANCE], now=now)
        _rest(now)
    return True


def _moments(now: datetime) -> Iterator[tuple[datetime, Told]]:
    """Give each told event its moment: so many days ago, at its hour in India, never after now."""
    today = now.astimezone(INDIA).date()
    for told in story(today):
        moment = datetime.combine(told.on, time(told.hour, told.minute), INDIA)
        yield min(moment, now - timedelta(minutes=30)), told


# --- people and accounts -----------------------------------------------------------------------------
def _people_and_accounts(now: datetime) -> World:
    people = {email: _person(email, name) for _role, email, name in PEOPLE}
    people |= {email: _staff(role, email, name) for role, email, name in STAFF}
    customers = {
        name: Customer.objects.create(name=name, created_at=_ago(now, days)) for name, days in CUSTOMERS
    }
    accounts = {}
    for row in ACCOUNTS:
        fields = row.fields | {"customer": customers[row.customer], "created_at": _ago(now, row.days)}
        accounts[row.ban] = Account.objects.create(ban=row.ban, **fields)
    for ban, email, role in MEMBERS:
        Member.objects.create(account=accounts[ban], user=people[email], role=role)
    for row in (row for row in ACCOUNTS if row.contact):
        Contact.objects.create(
            account=accounts[row.ban],
            category="accounts",
            name="Accounts desk",
            email=row.contact,
            phone=row.phone,
        )
    return World(accounts, people)


def _ago(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


@functools.cache
def _hashed() -> str:
    """One slow hash for all: everybody has the same printed password."""
    return make_password(PASSWORD)


def _person(email: str, name: str, **fields: object) -> User:
    person = User.objects.create(email=email, name=name, password=_hashed(), **fields)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def _staff(role: str, email: str, name: str) -> User:
    person = _person(email, name, is_staff=True, is_superuser=role == "admin")
    person.groups.set(Group.objects.filter(name=role))
    return person


# --- what can happen ---------------------------------------------------------------------------------
def _charge(world: World, told: Told, now: datetime) -> None:
    """Staff issue an invoice over something done once."""
    charges.charge(
        world.accounts[told.ban].pk,
        told.amount,
        told.text,
        token=told.key,
        actor=world.people[FINANCE],
        reason="Ordered by the customer",
        due_days=told.days,
        now=now,
    )


def _pay_due(world: World, told: Told, now: datetime) -> None:
    """Pay what is due; with an amount, so much of it."""
    due = sum(document.open_amount for document in settlement.unpaid(world.accounts[told.ban]))
    if due:
        _pay(world, told, now, told.amount or due)


def _recharge(world: World, told: Told, now: datetime) -> None:
    _pay(world, told, now, told.amount)


def _pay(world: World, told: Told, now: datetime, amount: Paise) -> None:
    payment = _started(world, told, amount, now)
    took = now + timedelta(minutes=2)
    take_in.capture(payment.pk, _report(payment, told, State.CAPTURED, took), now=took)


def _fail(world: World, told: Told, now: datetime) -> None:
    """An attempt that the bank declines, looked at until nobody asks any more."""
    payment = _started(world, told, told.amount, now)
    recharge.note(payment.pk, _report(payment, told, State.FAILED, now))
    follow_up.plan_next(payment.pk, now=now + policy.FINAL_FAILURE)
    follow_up.plan_next(payment.pk, now=now + policy.GIVE_UP)


def _stray(_world: World, told: Told, now: datetime) -> None:
    """Money of no order of ours: it waits for a person."""
    ids = _gateway_id("pay", told.key), _gateway_id("order", told.key)
    event = GatewayEvent("payment.captured", *ids, told.amount, "INR")
    parked.park_event(ParkedReport.Kind.UNKNOWN_ORDER, event, detail="no order of ours", now=now)


def _started(world: World, told: Told, amount: Paise, now: datetime) -> Payment:
    account = world.accounts[told.ban]
    user = account.members.order_by("pk").select_related("user")[0].user
    token = uuid.uuid5(uuid.NAMESPACE_URL, told.key)
    payment = recharge.start(account, amount, token=token, user=user, now=now)
    payment.gateway_order_id, payment.order_claimed_at = _gateway_id("order", told.key), now
    payment.save(update_fields=["gateway_order_id", "order_claimed_at"])
    return payment


def _report(payment: Payment, told: Told, state: State, at: datetime) -> GatewayPayment:
    return GatewayPayment(
        payment_id=_gateway_id("pay", told.key),
        order_id=payment.gateway_order_id or "",
        amount=payment.amount,
        currency="INR",
        state=state,
        method=told.method,
        instrument=told.instrument,
        reason=told.text if state == State.FAILED else "",
        created_at=at,
        was_captured=state == State.CAPTURED,
    )


def _gateway_id(kind: str, key: str) -> str:
    """An id of the gateway's shape that follows from the event, so that the same story gets the same ids."""
    number = int.from_bytes(hashlib.sha256(f"{kind}:{key}".encode()).digest()[:12], "big")
    return f"{kind}_" + "".join(WORDS[number // 62**place % 62] for place in range(14))


def _use(world: World, told: Told, now: datetime) -> None:
    demo_plans.use(world.accounts[told.ban], told, now=now)


def _fill(world: World, told: Told, now: datetime) -> None:
    demo_plans.fill(world.accounts[told.ban], told, now=now)


def _bill(world: World, told: Told, now: datetime) -> None:
    demo_plans.bill(world.accounts[told.ban], now=now)


def _by_manager(act: Callable[..., None]) -> Callable[[World, Told, datetime], None]:
    """Make an act of something that a manager does with an account's plan."""

    def done(world: World, told: Told, now: datetime) -> None:
        act(world.accounts[told.ban], told, actor=world.people[MANAGER], now=now)

    return done


def _credit(world: World, told: Told, now: datetime) -> None:
    """Take a part of the account's newest invoice back."""
    invoice = world.accounts[told.ban].documents.filter(kind=Document.Kind.INVOICE).newest_first()[0]
    credit_notes.issue_note(invoice.pk, told.amount, told.text, token=told.key, now=now)


def _refund(world: World, told: Told, now: datetime) -> None:
    """Give a part of the newest advance back."""
    left = world.accounts[told.ban].vouchers_left.left().last()
    if left:
        amount = min(told.amount, left.taxable // 2)
        refund_vouchers.issue_voucher(
            left.voucher_id, amount, token=told.key, reason="Asked for by the customer", now=now
        )


def _dispute(world: World, told: Told, now: datetime) -> None:
    """The bank of who paid asks for a recharge back, and decides."""
    demo_disputes.tell(world.accounts[told.ban], told, _gateway_id("disp", told.ban), now=now)


def _auto_pay(world: World, told: Told, now: datetime) -> None:
    """Auto-pay is set up, or goes on: a debit is planned, announced, raised, or decided."""
    act = demo_auto_pay.begin if told.act == "mandate" else demo_auto_pay.go_on
    ids = {kind: _gateway_id(kind, told.key) for kind in ("cust", "order", "token", "pay")}
    act(world.accounts[told.ban], told, ids, now=now)


ACTS: dict[str, Callable[[World, Told, datetime], None]] = {
    "activate": _by_manager(demo_plans.activate),
    "upgrade": _by_manager(demo_plans.upgrade),
    "downgrade": _by_manager(demo_plans.downgrade),
    "add-on": _by_manager(demo_plans.add_on),
    "one-time": _by_manager(demo_plans.one_time),
    "discount": _by_manager(demo_plans.discount),
    "late": _by_manager(demo_plans.late),
    "use": _use,
    "fill": _fill,
    "bill": _bill,
    "credit-note": _credit,
    "refund": _refund,
    "charge": _charge,
    "pay-due": _pay_due,
    "recharge": _recharge,
    "fail": _fail,
    "stray": _stray,
    "dispute": _dispute,
    "mandate": _auto_pay,
    "auto-pay": _auto_pay,
}


# --- afterwards --------------------------------------------------------------------------------------
def _rest(now: datetime) -> None:
    """History floods no inbox: what is older than a day counts as sent. Files are made by the worker now."""
    for notice in Notice.objects.filter(state=Notice.State.OWED, owed_at__lt=now - timedelta(days=1)):
        notice.state, notice.sent_at, notice.next_attempt_at = Notice.State.SENT, notice.owed_at, None
        notice.subject, notice.text = channels.written(notice)
        notice.save(update_fields=["state", "sent_at", "next_attempt_at", "subject", "text"])
    Notice.objects.filter(state=Notice.State.OWED).update(owed_at=now, next_attempt_at=now)
    waiting = DocumentFile.objects.filter(state=DocumentFile.State.WAITING, next_attempt_at__isnull=False)
    waiting.update(next_attempt_at=now)


def summary() -> str:
    """Say in one line what the world holds."""
    counts = Account.objects.count(), Document.objects.count(), Payment.objects.count()
    return "{} accounts, {} documents, {} payments".format(*counts)
