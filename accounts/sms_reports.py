"""Delivery reports of text messages: verified, stored once by their id, noted on the message.

A report may come before the message is marked as sent, twice, or out of order: delivered is the last word.
"""

from datetime import datetime

from django.db.models import Q

from accounts import sms
from accounts.models import Notice, SmsReport
from billing_portal.unit import unit


class NotGenuine(Exception):
    """The call is not signed by the provider, or is no report."""


def take_in(body: bytes, signature: str, *, now: datetime) -> bool:
    """Verify a report and store it; return whether it is new. Raises NotGenuine.

    One about a message that is not ours is stored and changes nothing.
    """
    provider = sms.provider()
    if not provider.report_is_genuine(body, signature):
        raise NotGenuine("signature")
    try:
        report = provider.read_report(body)
    except sms.NotAReport as error:
        raise NotGenuine(str(error)) from error
    return _store(report, now=now)


@unit
def _store(report: sms.Report, *, now: datetime) -> bool:
    notice = Notice.objects.filter(channel=Notice.Channel.SMS).of_reference(report.reference)
    facts = {
        "reference": report.reference,
        "state": SmsReport.State.DELIVERED if report.is_delivered else SmsReport.State.FAILED,
        "reason": report.reason,
        "happened_at": report.at,
        "received_at": now,
        "notice": notice,
    }
    _row, is_new = SmsReport.objects.get_or_create(report_id=report.report_id, defaults=facts)
    if is_new and notice:
        _note(notice.pk, report)
    return is_new


def _note(notice_id: int, report: sms.Report) -> None:
    open_ones = Notice.objects.filter(Q(pk=notice_id), delivered_at=None)
    if report.is_delivered:
        open_ones.update(delivered_at=report.at, undelivered="")
    else:
        open_ones.update(undelivered=report.reason or "no reason given")
