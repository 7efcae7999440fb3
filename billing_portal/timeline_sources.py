"""What an account's timeline is made of: one row a table, with the right to see it and the words for each line."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.models import Account, AuditEvent, Message, Notice, Restriction, ServiceOrder
from billing_portal import money, staff_traces, text
from billing_portal.clock import business_date
from billing_portal.timeline import Days, Kind, Source, Span, Told
from credit.models import Archive, Extension, LimitChange, StepTaken
from invoices.models import Document, Feature, ProblemReport, UsageDay, WriteOff
from payments import autopay_words, debit_page, mandate_policy, policy
from payments.models import Cheque, Claim, Debit, Dispute, Mandate, Payment, Refund

GOOD, WARN, BAD = "good", "warn", "bad"
# fmt: off
PAYMENT = {"failed": BAD, "captured": GOOD, "partly_refunded": "", "refunded": ""}
REFUND = {"processed": GOOD, "failed": BAD}
DISPUTE = {"won": GOOD, "lost": BAD, "closed": ""}
DEBIT = {"captured": GOOD, "failed": BAD, "opted_out": "", "skipped": ""}
MANDATE = {"active": GOOD, "failed": BAD, "expired": BAD, "cancelled": ""}
CLAIM = {"settled": GOOD, "rejected": BAD, "withdrawn": ""}
CHEQUE = {"cleared": GOOD, "bounced": BAD, "returned": ""}
NOTICE = {"sent": GOOD, "parked": BAD}
ORDER = {"confirmed": GOOD, "superseded": ""}
# fmt: on


def _joined(words: Iterable[object]) -> str:
    return ", ".join(str(word) for word in words if word)


def _payment(row: Payment) -> Told:
    why = policy.in_plain_words(row.failure_reason) if row.failure_reason else ""
    words = _joined((row.get_channel_display(), row.paid_with, row.reference, why))
    state = row.get_status_display()
    if row.settled_at and business_date(row.settled_at) != business_date(row.started_at):
        state = f"{state} {text.day(business_date(row.settled_at))}"
    tone = PAYMENT.get(row.status, WARN)
    return Told(f"Payment {row.number}", words, state, tone, row.amount, "payments_payment", pk=row.pk)


def _refund(row: Refund) -> Told:
    words = _joined((row.get_way_display(), row.reason))
    state, tone = row.get_status_display(), REFUND.get(row.status, WARN)
    return Told(f"Refund {row.number}", words, state, tone, -row.amount, "payments_refund", pk=row.pk)


def _dispute(row: Dispute) -> Told:
    state, tone = row.get_state_display(), DISPUTE.get(row.state, WARN)
    words = _joined((row.phase.replace("_", " "), row.reason_code.replace("_", " ")))
    title = f"Dispute {row.gateway_dispute_id}"
    return Told(title, words, state, tone, row.amount, "payments_dispute", pk=row.pk)


def _mandate(row: Mandate) -> Told:
    words = _joined((row.get_method_display(), row.instrument, mandate_policy.in_plain_words(row.reason)))
    state, tone = row.get_state_display(), MANDATE.get(row.state, WARN)
    return Told(
        f"Auto-pay {row.number} set up", words, state, tone, row.ceiling, "payments_mandate", pk=row.pk
    )


def _debit(row: Debit) -> Told:
    words = _joined((row.get_purpose_display(), row.reason and autopay_words.why(row.reason)))
    state, tone = row.get_state_display(), DEBIT.get(row.state, WARN)
    takes = debit_page.Row(row, ()).will_take if row.state in debit_page.COMING else row.amount
    return Told(
        f"Debit {row.number}",
        words,
        state,
        tone,
        takes,
        "payments_mandate",
        "payments.view_mandate",
        row.mandate_id,
    )


def _claim(row: Claim) -> Told:
    title = f"{row.get_kind_display()} {row.reference} declared"
    state, tone = row.get_state_display(), CLAIM.get(row.state, WARN)
    return Told(title, row.reason, state, tone, row.gross, "payments_claim", pk=row.pk)


def _cheque(row: Cheque) -> Told:
    words, tone = _joined((row.bank, row.reason)), CHEQUE.get(row.state, WARN)
    title, state = f"Cheque {row.number} received", row.get_state_display()
    return Told(title, words, state, tone, row.amount, "payments_cheque", pk=row.pk)


def _document(row: Document) -> Told:
    state, tone = "", ""
    if row.is_bill:
        state, tone = ("Open", WARN) if row.open_amount else ("Settled", GOOD)
    words = f"Due {text.day(row.due_on)}" if row.due_on else ""
    title = f"{row.get_kind_display()} {row.number}"
    return Told(title, words, state, tone, row.total, "invoices_document", pk=row.pk)


def _write_off(row: WriteOff) -> Told:
    return Told(
        f"{row.document.number} written off", "", "", BAD, -row.amount, "invoices_writeoff", pk=row.pk
    )


def _problem(row: ProblemReport) -> Told:
    state, tone = ("Answered", GOOD) if row.answered_at else ("Waits for an answer", WARN)
    title = f"Problem reported on {row.document.number}"
    return Told(title, text.plain(row.text, 160), state, tone, None, "invoices_problemreport", pk=row.pk)


def _message(row: Message) -> Told:
    side = ("Note of staff" if row.is_internal else "Answer of staff") if row.is_staff else "Customer"
    title, said = f"{side}: {text.plain(row.conversation.subject, 80)}", text.plain(row.text, 160)
    return Told(title, said, "", "", None, "accounts_conversation", pk=row.conversation_id)


def _notice(row: Notice) -> Told:
    words = _joined((f"{row.get_channel_display()} to {row.recipient}", row.undelivered or row.error))
    tone = BAD if row.undelivered else NOTICE.get(row.state, WARN)
    state = "Not delivered" if row.undelivered else row.get_state_display()
    return Told(_words(row.name), words, state, tone, None, "accounts_notice", pk=row.pk)


def _imposed(row: Restriction) -> Told:
    state, tone = ("Lifted since", "") if row.lifted_at else ("Stands", BAD)
    title = f"Lowered to “{row.get_level_display()}”: {row.get_reason_display().lower()}"
    return Told(title, row.note, state, tone, None, "accounts_restriction", pk=row.pk)


def _lifted(row: Restriction) -> Told:
    title = f"“{row.get_level_display()}” lifted: {row.get_reason_display().lower()}"
    return Told(title, "", "Lifted", GOOD, None, "accounts_restriction", pk=row.pk)


def _order(row: ServiceOrder) -> Told:
    title = f"Order {row.number}: {row.get_level_display()}"
    state, tone = row.get_state_display(), ORDER.get(row.state, WARN)
    return Told(title, row.error, state, tone, None, "accounts_serviceorder", pk=row.pk)


def _step(row: StepTaken) -> Told:
    state, tone = ("Undone since", "") if row.undone_at else ("Stands", BAD)
    title = f"Overdue, day {row.day}: {row.get_action_display().lower()}"
    return Told(title, "", state, tone, row.due, "credit_overduecase", pk=row.case_id)


def _extension(row: Extension) -> Told:
    title = f"{row.get_kind_display()} until {text.day(row.until_on)}"
    words, state = f"{row.granted_by}: {row.reason}", "Ended early" if row.ended_on else "Granted"
    return Told(title, words, state, "", None, "credit_overduecase", pk=row.case_id)


def _archive(row: Archive) -> Told:
    words = f"Returned {text.day(business_date(row.returned_at))}" if row.returned_at else ""
    return Told(
        "Service data archived", words, row.get_state_display(), "", None, "credit_archive", pk=row.pk
    )


def _limit(row: LimitChange) -> Told:
    about = str(row.details.get("about") or "")
    state = f"{row.points:+} points".replace("-", "−") if row.points else ""
    tone = GOOD if row.points > 0 else BAD if row.points < 0 else ""
    title = "Base of the credit limit" if row.kind == LimitChange.Kind.BASE else row.get_kind_display()
    return Told(title, about, state, tone, None, "credit_limitchange", pk=row.pk)


def _event(row: AuditEvent) -> Told:
    who = str(row.actor) if row.actor else "The portal"
    state = "" if row.actor is None else "Staff" if row.actor.is_staff else "Customer"
    words = f"{who}: {row.reason}" if row.reason else who
    what, right = staff_traces.act_in_words(row.action), "accounts.view_auditevent"
    return Told(what, words, state, "", None, "accounts_auditevent", right, row.pk, row.subject)


def _words(code: str) -> str:
    return code.replace("-", " ").replace("_", " ").capitalize()


def _calls(account: Account, span: Span, most: int) -> Sequence[tuple[date, Told]]:
    """Return the days on which something was used, newest first; one query for the days, one for the words."""
    rows = UsageDay.objects.filter(account=account)
    if span.since:
        rows = rows.filter(day__gte=span.since)
    if span.until:
        rows = rows.filter(day__lte=span.until)
    days = rows.values_list("day", flat=True).distinct().order_by("-day")[:most]
    sums = rows.filter(day__in=days).values("day", "feature_id").order_by("-day", "feature__position")
    names = dict(Feature.objects.values_list("code", "name"))
    found: dict[date, list[Any]] = {}
    for row in sums.annotate(calls=Sum("records"), used=Sum("units"), worth=Sum("amount")):
        found.setdefault(row["day"], []).append(row)
    return [(day, _day(features, names)) for day, features in found.items()]


def _day(features: Sequence[dict[str, Any]], names: dict[str, str]) -> Told:
    total = sum(row["calls"] for row in features)
    words = "; ".join(
        f"{names[row['feature_id']]} {money.grouped(row['calls'])} ({_units(row['used'])})"
        for row in features
    )
    title = "1 call or message" if total == 1 else f"{money.grouped(total)} calls and messages"
    return Told(title, words, "At list price", "", _worth(features))


def _units(count: int) -> str:
    return f"{money.grouped(count)} unit{'' if count == 1 else 's'}"


def _worth(features: Sequence[dict[str, Any]]) -> int:
    return money.share(sum(row["worth"] for row in features), 1, 1000)


def _events(account: Account) -> QuerySet[AuditEvent]:
    """What people did; of who looks as a customer only that it began and ended, each page is in the audit chain."""
    rows = account.audit_events.select_related("actor").defer("before", "after")
    return rows.exclude(action="accounts.look.page")


def _debits(account: Account) -> QuerySet[Debit]:
    return account.debits.select_related("payment")


def _disputes(account: Account) -> QuerySet[Dispute]:
    return account.disputes.all()


# fmt: off
SOURCES: tuple[Source | Days, ...] = (
    Source(Kind.MONEY,    "payments.view_payment",        "started_at",     lambda a: a.payments.all(),  _payment),
    Source(Kind.MONEY,    "payments.view_refund",         "asked_at",       lambda a: a.refunds.all(),   _refund),
    Source(Kind.MONEY,    "payments.view_dispute",        "opened_at",      _disputes,                   _dispute),
    Source(Kind.MONEY,    "payments.view_mandate",        "started_at",     lambda a: a.mandates.all(),  _mandate),
    Source(Kind.MONEY,    "payments.view_mandate",        "planned_at",     _debits,                     _debit),
    Source(Kind.MONEY,    "payments.view_claim",          "declared_at",    lambda a: a.claims.all(),    _claim),
    Source(Kind.MONEY,    "payments.view_cheque",         "entered_at",     lambda a: a.cheques.all(),   _cheque),
    Source(Kind.MONEY,    "invoices.view_writeoff",       "written_off_at",
           lambda a: a.write_offs.select_related("document"),                                            _write_off),
    Source(Kind.DOCUMENT, "invoices.view_document",       "issued_at",
           lambda a: a.documents.defer("supplier", "recipient", "details"),                              _document),
    Source(Kind.DOCUMENT, "invoices.view_problemreport",  "reported_at",
           lambda a: a.problem_reports.select_related("document"),                                       _problem),
    Source(Kind.MESSAGE,  "accounts.view_notice",         "owed_at",
           lambda a: a.notices.defer("context", "attachments", "text"),                                  _notice),
    Source(Kind.MESSAGE,  "accounts.view_conversation",   "created_at",
           lambda a: Message.objects.filter(conversation__account=a).select_related("conversation"),     _message),
    Source(Kind.SERVICE,  "accounts.view_restriction",    "imposed_at",     lambda a: a.restrictions.all(), _imposed),
    Source(Kind.SERVICE,  "accounts.view_restriction",    "lifted_at",      lambda a: a.restrictions.all(), _lifted),
    Source(Kind.SERVICE,  "accounts.view_serviceorder",   "ordered_at",     lambda a: a.service_orders.all(), _order),
    Source(Kind.OVERDUE,  "credit.view_overduecase",      "taken_at",       lambda a: a.overdue_steps.all(), _step),
    Source(Kind.OVERDUE,  "credit.view_overduecase",      "granted_at",
           lambda a: a.extensions.select_related("granted_by"),                                          _extension),
    Source(Kind.OVERDUE,  "credit.view_archive",          "moved_at",       lambda a: a.archives.all(),  _archive),
    Source(Kind.LIMIT,    "credit.view_limitchange",      "recorded_at",    lambda a: a.limit_changes.all(), _limit),
    Days(Kind.CALLS,      "accounts.view_account",        _calls),
    Source(Kind.PEOPLE,   "accounts.view_account",        "at",
           lambda a: _events(a),                                                                         _event),
)
# fmt: on
