"""Deletion (day 90): marked a week before, approved by a second person, looked at again under the lock, irreversible.

The step itself is the point of no return: it destroys the keys of what is destroyed and shuts the account for good.
What remains is done in stages that can each be repeated (`finish`), files before the rows that name them.
Source: gst reference § 12, invariants § 4 and I30.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from accounts import approvals, restrictions
from accounts.levels import Level
from accounts.models import Account, Approval, Notice, User
from accounts.restrictions import Reason
from billing_portal import clock, text
from billing_portal.retention import Keep
from billing_portal.unit import unit
from credit import archive_tables, archives
from credit.ladder import Action
from credit.models import Archive, ArchivePart, Deletion, OverdueCase
from invoices.models import Subscription

Wait = OverdueCase.Wait
Closed = OverdueCase.Closed
ACTION = "delete-account"
COOLING = timedelta(days=7)  # between marking and the point of no return
LAST_NOTICE = timedelta(hours=48)  # that the last notice was handed over before
LICENCE_YEARS = 2  # call records, from their date: telecom licence terms


class NotRepeated(Exception):
    """A deletion cannot be repeated now; the message says why."""


def mark_ahead(*, now: datetime) -> int:
    """Mark the archived accounts whose deletion comes within seven days; return how many were marked.

    The mark of an account whose deletion is further away again, and the approval with it, is taken back.
    """
    ahead = OverdueCase.objects.due(Action.DELETE, clock.business_date(now) + COOLING)
    stale = Deletion.objects.filter(begun_at=None).exclude(account__in=ahead.values("account"))
    for account_id in stale.order_by("account_id").values_list("account_id", flat=True):
        _take_back_if_far(account_id, now=now)
    return sum(mark(case, now=now) for case in ahead.select_related("account"))


def mark(case: OverdueCase, *, now: datetime) -> bool:
    """Mark an archived account for deletion; return whether it is new. Repeating does nothing."""
    archive = Archive.objects.moved().filter(account=case.account_id).first()
    if archive is None:
        return False
    values = {"archive": archive, "marked_at": now}
    return Deletion.objects.get_or_create(account=case.account, defaults=values)[1]


def take_back(account: Account, *, why: str, now: datetime) -> None:
    """Take back an account's mark, its approval, and a request for it that waits. The caller holds the account's lock.

    What is being deleted already stays. Repeating does nothing.
    """
    deletion = Deletion.objects.filter(account=account, begun_at=None).first()
    if deletion:
        approvals.withdraw(account, ACTION, note=why, now=now, deletion=deletion.pk)
        deletion.delete()


@unit
def _take_back_if_far(account_id: int, *, now: datetime) -> None:
    account = Account.objects.lock(account_id)
    ahead = OverdueCase.objects.due(Action.DELETE, clock.business_date(now) + COOLING)
    if not ahead.filter(account=account).exists():
        take_back(account, why="The deletion has moved more than a week away.", now=now)


def prepare(case: OverdueCase, now: datetime) -> None:
    """Mark the account, and seal what has come since it was archived. Removes nothing."""
    mark(case, now=now)
    archives.make(case, now)


def carry_out(account: Account, case: OverdueCase, now: datetime) -> Wait | None:
    """Pass the point of no return, or say what the deletion waits for. In the unit of the step, under the lock."""
    deletion = Deletion.objects.filter(account=account, begun_at=None).select_related("archive").first()
    if deletion is None or deletion.archive.state != Archive.State.MOVED:
        return Wait.ARCHIVE
    wait = _missing(case, deletion, now) or archives.move(account, case, now)
    if wait:
        return wait
    _begin(account, case, deletion, now)
    return None


def _begin(account: Account, case: OverdueCase | None, deletion: Deletion, now: datetime) -> None:
    deletion.begun_at = now
    deletion.save(update_fields=["begun_at"])
    _destroy_keys(deletion, now)
    if case:
        case.closed_at, case.closed_why, case.next_action, case.next_step_on = now, Closed.DELETED, "", None
        case.save(update_fields=["closed_at", "closed_why", "next_action", "next_step_on"])
    restrictions.impose(account, Reason.RETENTION, Level.DELETED, now=now)
    restrictions.lift(account, Reason.OVERDUE, now=now)
    Subscription.objects.filter(account=account, ended_on=None).update(ended_on=clock.business_date(now))


def repeat(account_id: int, *, now: datetime) -> None:
    """Delete an account again that a restored backup has brought back; its deletion was approved and done before.

    Raises NotRepeated where a bill's PDF is still to be made from the rows: make it first.
    """
    archives.seal(account_id, None, now)
    _repeat(account_id, now)


@unit
def _repeat(account_id: int, now: datetime) -> None:
    account = Account.objects.lock(account_id)
    archive = Archive.objects.standing().get(account=account)
    if archives.move(account, None, now):
        raise NotRepeated(f"{account.ban} has files to make first")
    archive.refresh_from_db()
    values = {"archive": archive, "marked_at": now, "is_repeated": True, "begun_at": None}
    deletion = Deletion.objects.update_or_create(account=account, defaults=values)[0]
    case = OverdueCase.objects.standing().filter(account=account).first()
    _begin(account, case, deletion, now)


def _missing(case: OverdueCase, deletion: Deletion, now: datetime) -> Wait | None:
    """Return what a deletion still needs: a second person's yes, the week, the last notice handed over in time."""
    if deletion.approval_id is None:
        return Wait.APPROVAL
    if clock.business_date(now) < clock.business_date(deletion.marked_at) + COOLING:
        return Wait.MARKED
    told = case.steps.filter(undone_at=None).latest(
        "taken_on"
    )  # whatever the policy's last message is called
    sent = Notice.objects.filter(event=told.event, state=Notice.State.SENT, sent_at__lte=now - LAST_NOTICE)
    return None if sent.exists() or case.unannounced_by_id else Wait.NOTICE


def _destroy_keys(deletion: Deletion, now: datetime) -> None:
    """Destroy the keys of all that no law keeps; call records stay sealed until two years after their last date."""
    today = clock.business_date(now)
    for part in deletion.archive.parts.all():
        part.kept_until = kept_until(part)
        if part.kept_until and part.kept_until > today:
            part.save(update_fields=["kept_until"])
        else:
            part.kept_until, part.key = None, None
            part.save(update_fields=["kept_until", "key"])
    deletion.archive.state, deletion.archive.destroyed_at = Archive.State.DESTROYED, now
    deletion.archive.save(update_fields=["state", "destroyed_at"])


def kept_until(part: ArchivePart) -> date | None:
    """Return the day until which the law keeps a part sealed; None where none does."""
    if archive_tables.BY_NAME[part.table].keep != Keep.RECORDS or part.last_on is None:
        return None
    return _years_after(part.last_on, LICENCE_YEARS)


def _years_after(day: date, years: int) -> date:
    """The same day so many years on; of 29 February the day after, so that nothing goes early."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


@unit
def ask(account_id: int, *, token: UUID, reason: str, by: User, now: datetime) -> Approval:
    """Ask a second person to approve a deletion that is marked. Raises approvals.NotAllowed."""
    account = Account.objects.lock(account_id)
    deletion = Deletion.objects.filter(account=account, begun_at=None).first()
    if deletion is None:
        raise approvals.NotAllowed("This account is not marked for deletion.")
    waiting = Approval.objects.filter(
        account=account, action=ACTION, state=Approval.State.WAITING, payload__deletion=deletion.pk
    )
    if deletion.approval_id or waiting.exclude(token=token).exists():
        raise approvals.NotAllowed("This deletion is approved, or asked for, already.")
    rows = sum(deletion.archive.parts.values_list("rows", flat=True))
    summary = f"Delete {account.ban} for good: {rows} archived rows, people, contacts, messages"
    return approvals.ask(
        ACTION,
        account,
        token=token,
        payload={"deletion": deletion.pk},
        summary=summary,
        reason=reason,
        by=by,
        now=now,
    )


def approve(row: Approval) -> str:
    """Carry out an approval: the deletion may begin when its week is over. The caller holds the account's lock."""
    mine = Deletion.objects.filter(pk=row.payload["deletion"], account=row.account_id, begun_at=None)
    deletion = mine.filter(approval=None).first()
    if deletion is None:
        raise approvals.NotAllowed(
            "The account is not marked for this deletion any more, or it is approved already."
        )
    deletion.approval = row
    deletion.save(update_fields=["approval"])
    return f"may begin on {text.day(clock.business_date(deletion.marked_at) + COOLING)}"
