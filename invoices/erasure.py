"""Erase what invoices keeps beside a deleted account's documents: files made on request, day sums, problem texts."""

from django.core.files.storage import storages

from accounts.models import Account
from invoices.models import Export, ProblemReport, UsageDay

ERASED = "erased"


def exports(account: Account) -> int:
    """Destroy files made on request, and then the rows that name them; return how many."""
    rows = Export.objects.filter(account=account)
    for name in rows.exclude(name="").values_list("name", flat=True):
        storages["documents"].delete(name)
    return rows.delete()[0]


def days(account: Account) -> int:
    """Destroy the sums of days; return how many."""
    return UsageDay.objects.filter(account=account).delete()[0]


def problems(account: Account) -> int:
    """Erase what was written about documents; return how many."""
    rows = ProblemReport.objects.filter(account=account).exclude(text=ERASED)
    rows.exclude(answer="").update(answer=ERASED)
    return rows.update(text=ERASED)
