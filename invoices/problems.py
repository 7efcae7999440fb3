"""What a customer says is wrong with a document: reported once, acknowledged, answered by staff.

Each report is a conversation about the document, too: staff's answer stands there, and there it goes on.
"""

import uuid
from datetime import datetime

from accounts import audit, notices, support, support_desk
from accounts.models import Account, Conversation, User
from billing_portal import text as words
from billing_portal.unit import unit
from invoices.models import Document, ProblemReport

LONGEST = 2000  # characters


class NotUsable(ValueError):
    """The text is empty or too long, or its form was sent already; the message says which."""


@unit
def report(document: Document, text: str, *, token: uuid.UUID, by: User, now: datetime) -> ProblemReport:
    """Keep what is said to be wrong, open a conversation about it, and acknowledge it by mail.

    The same token and words return the same report. Raises NotUsable, also when too much was written of late, or for
    other words under a token that stands for a report already: none are lost in silence.
    """
    said = checked(text)
    Account.objects.lock(document.account_id)
    row, is_new = ProblemReport.objects.get_or_create(
        token=token,
        defaults={
            "document": document,
            "account": document.account,
            "reported_by": by,
            "text": said,
            "reported_at": now,
        },
    )
    if is_new:
        row.conversation = _conversation(row, now)
        row.save(update_fields=["conversation"])
        _tell(row, "problem-reported", now)
    elif (row.document_id, row.text) != (document.pk, said):
        raise NotUsable("This form was sent already. To report this too, please send it again.")
    return row


@unit
def answer(report_id: int, text: str, *, actor: User, now: datetime) -> ProblemReport:
    """Answer a report, once, in its conversation too; the customer gets one mail. Raises NotUsable the second time."""
    said = checked(text)
    Account.objects.lock(ProblemReport.objects.values_list("account_id", flat=True).get(pk=report_id))
    rows = ProblemReport.objects.select_for_update(of=["self"]).select_related("account", "document")
    row = rows.get(pk=report_id)
    if row.answered_at:
        raise NotUsable("Somebody has answered this already.")
    row.answer, row.answered_by, row.answered_at = said, actor, now
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record(
        "invoices.answer_problem",
        actor=actor,
        account=row.account,
        subject=f"document:{row.document.number}",
        reason=said[:500],
        before={"answered": False},
        after={"answered": True, "report": row.pk},
        now=now,
    )
    if row.conversation_id:
        support_desk.answered(
            row.conversation_id, support.Said(said, uuid.uuid5(row.token, "answer")), actor=actor, now=now
        )
    _tell(row, "problem-answered", now)
    return row


def checked(text: str) -> str:
    """Return the text as it is kept. Raises NotUsable."""
    said = words.lines(text)
    if not said:
        raise NotUsable("Please say what is wrong.")
    if len(said) > LONGEST:
        raise NotUsable(f"Please use at most {LONGEST} characters; these are {len(said)}.")
    return said


def _conversation(row: ProblemReport, now: datetime) -> Conversation:
    said = support.Said(row.text, row.token, row.document.number)
    try:
        return support.begin(
            row.account_id,
            f"A problem with {row.document.number}",
            Conversation.Category.BILLING,
            said,
            by=row.reported_by,
            now=now,
        )
    except support.NotUsable as error:
        raise NotUsable(str(error)) from None


def _tell(row: ProblemReport, name: str, now: datetime) -> None:
    notices.owe(
        row.account,
        name,
        event=f"problem:{row.pk}",
        context={
            "number": row.document.number,
            "slug": row.document.slug,
            "text": row.text,
            "answer": row.answer,
        },
        now=now,
    )
