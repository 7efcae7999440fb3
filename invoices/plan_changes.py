"""Another plan with the next cycle, and what every change of a plan asks and tells (at once: upgrades.py)."""

from datetime import date, datetime, timedelta

from accounts import audit, notices
from accounts.models import Account, User
from billing_portal import clock, text
from billing_portal.unit import unit
from invoices import plans, usage_repair
from invoices.models import Cycle, Plan, PlanVersion, Subscription

DAY = timedelta(days=1)


class NotPossible(Exception):
    """The change cannot be made now; the message says why and what to do."""


@unit
def downgrade(
    account_id: int, plan_id: int, *, actor: User | None, reason: str, now: datetime
) -> Subscription:
    """Let another plan begin with the next cycle. Repeating does nothing. Raises NotPossible."""
    account = Account.objects.lock(account_id)
    today = clock.business_date(now)
    cycle = running(account, today)
    plan, subscription = Plan.objects.get(pk=plan_id), account.subscription
    if plan.pk == subscription.plan_id:
        raise NotPossible(f"{plan.name} is the present plan.")
    if subscription.next_plan_id == plan.pk:
        return subscription
    version_on(plan, cycle.ends_on + DAY)
    subscription.next_plan = plan
    subscription.save(update_fields=["next_plan"])
    begins = cycle.ends_on + DAY
    reprice(account, subscription, begins)
    tell(account, "downgrade", subscription.plan, plan, begins, actor, reason, now, {"plan": plan.code})
    return subscription


@unit
def keep(account_id: int, *, actor: User | None, reason: str, now: datetime) -> Subscription:
    """Take back a change that waits for the cycle's end. Repeating does nothing."""
    account = Account.objects.lock(account_id)
    subscription = Subscription.objects.select_related("plan", "next_plan").get(account=account)
    if subscription.next_plan is None:
        return subscription
    waited, subscription.next_plan = subscription.next_plan, None
    subscription.save(update_fields=["next_plan"])
    today = clock.business_date(now)
    reprice(account, subscription, subscription.bill_on)
    tell(
        account,
        "keep",
        waited,
        subscription.plan,
        today,
        actor,
        reason,
        now,
        {"plan": subscription.plan.code},
    )
    return subscription


def running(account: Account, today: date) -> Cycle:
    """Return the open cycle of today; none may wait before it. Raises NotPossible."""
    cycle = account.cycles.open().select_related("version__plan").first()
    if cycle is None:
        raise NotPossible("The account has no plan yet.")
    if cycle.ends_on < today:
        raise NotPossible(
            f"The cycle that ended on {text.day(cycle.ends_on)} is being billed. Try again in a few minutes."
        )
    return cycle


def version_on(plan: Plan, day: date) -> PlanVersion:
    """Return the price list of a plan on a day. Raises NotPossible."""
    try:
        return plans.version_on(plan, day)
    except plans.NoPrices as error:
        raise NotPossible(f"{error}.") from error


def reprice(account: Account, subscription: Subscription, begins: date) -> None:
    """Give a next cycle that the intake opened already the plan that now begins with it."""
    opened = account.cycles.filter(starts_on=begins, closed_at=None).first()
    if opened is None:
        return
    opened.version = plans.version_on(subscription.next_plan or subscription.plan, begins)
    opened.save(update_fields=["version"])
    usage_repair.reprice(account.pk, [opened.pk])


def tell(
    account: Account,
    act: str,
    old: Plan,
    new: Plan,
    begins: date,
    actor: User | None,
    reason: str,
    now: datetime,
    after: dict[str, str],
) -> None:
    """Write down who changed what, and owe the customer the message."""
    event = audit.record(
        f"invoices.{act}",
        actor=actor,
        account=account,
        subject=f"subscription:{account.ban}",
        reason=reason,
        before={"plan": old.code},
        after=after,
        now=now,
    )
    notices.owe(
        account,
        "plan-changed",
        event=f"plan:{account.ban}:{event.pk}",
        context={
            "act": act,
            "old": old.name,
            "new": new.name,
            "begins": begins.isoformat(),
            "by": str(actor) if actor else "",
            "invoice": after.get("invoice", ""),
        },
        now=now,
    )
