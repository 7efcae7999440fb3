"""What must be true of archives and deletions (I30–I32), and of the overdue jobs' dates (I33)."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from billing_portal.invariant import Invariant, sql
from credit import archives
from credit.models import Archive, ArchivePart

INDIA = "at time zone 'Asia/Kolkata'"
EARLY = f"(d.begun_at {INDIA})::date < (d.marked_at {INDIA})::date + 7"
UNFOUNDED = sql(f"""
    select a.ban || ' was deleted' || case
        when not d.is_repeated and d.approval_id is null then ' without a second person'
        when not d.is_repeated and {EARLY} then ' within a week of its mark'
        else ' with an archive that is ' || r.state end
    from credit_deletion d join accounts_account a on a.id = d.account_id
    join credit_archive r on r.id = d.archive_id
    where d.begun_at is not null and (r.state <> 'destroyed' or not d.is_repeated and (
        d.approval_id is null or {EARLY}))
""")  # nosec B608 - constants of ours
PEOPLE = sql("""
    select a.ban || ' was deleted and still has ' || what from credit_deletion d
    join accounts_account a on a.id = d.account_id
    cross join lateral (
        select 'members' as what where exists (select 1 from accounts_member m where m.account_id = a.id)
        union all select 'contacts' where exists (select 1 from accounts_contact c where c.account_id = a.id)
        union all select 'invitations' where exists (select 1 from accounts_invitation i where i.account_id = a.id)
        union all select 'API keys' where exists (select 1 from accounts_apikey k where k.account_id = a.id)
        union all select 'call records' where exists (
            select 1 from invoices_usagerecord u where u.account_id = a.id)
        union all select 'messages with a reader' where exists (
            select 1 from accounts_notice n where n.account_id = a.id and n.recipient not like 'erased-%%'
                and n.owed_at < d.finished_at)
        union all select 'conversations' where exists (
            select 1 from accounts_conversation c where c.account_id = a.id)
        union all select 'files on request' where exists (select 1 from invoices_export e where e.account_id = a.id)
    ) left_over
    where d.finished_at is not null
""")
UNSEALED = sql("""
    select a.ban || ': ' || p.table || ' of archive ' || r.id || case
        when p.moved_at is null then ' was never moved'
        when p.key is null then ' has no key' else ' has no checksum' end
    from credit_archivepart p join credit_archive r on r.id = p.archive_id
    join accounts_account a on a.id = r.account_id
    where r.state = 'moved' and p.gone_at is null and (p.sha256 = '' or p.file_sha256 = ''
        or p.moved_at is not null and p.key is null)
""")
UNCOUNTED = sql("""
    select a.ban || ': counted ' || c.records || ' records, ' || coalesce(u.rows, 0) || ' are live and '
        || coalesce(p.rows, 0) || ' archived'
    from credit_archive r join accounts_account a on a.id = r.account_id
    cross join lateral (
        select coalesce(sum(records), 0)::bigint as records from invoices_usagecounter where account_id = a.id) c
    cross join lateral (select count(*) as rows from invoices_usagerecord where account_id = a.id) u
    cross join lateral (
        select sum(rows)::bigint as rows from credit_archivepart
        where archive_id = r.id and "table" = 'invoices_usagerecord' and moved_at is not null) p
    where r.state = 'moved' and c.records <> u.rows + coalesce(p.rows, 0)
""")
SEALED = Q(archive__state=Archive.State.MOVED, moved_at__isnull=False) | Q(
    archive__state=Archive.State.DESTROYED, kept_until__isnull=False
)


def _lost(_now: datetime) -> Iterator[str]:
    """Name each part whose rows are in its file only, and the file is not there."""
    parts = ArchivePart.objects.filter(SEALED, gone_at=None).select_related("archive__account").order_by("pk")
    for part in parts.iterator():
        if not archives.storage().exists(part.file):
            yield f"{part.archive.account.ban}: {part} are in {part.file}, which is not there"


GAPS = sql("""
    select job || ': ' || (max(business_date) - min(business_date) + 1 - count(*)) || ' dates between '
        || min(business_date) || ' and ' || max(business_date) || ' have no run'
    from accounts_jobrun where job like 'overdue-%%' group by job
    having count(*) <> max(business_date) - min(business_date) + 1
""")

# fmt: off
INVARIANTS = (
    Invariant("I30", "Each deletion was approved, waited its week, from archived", "credit_deletion",     UNFOUNDED),
    Invariant("I31", "After a deletion no personal row is left",                  "credit_deletion",      PEOPLE),
    Invariant("I32", "Each part of an archive has its key and its checksums",     "credit_archivepart",   UNSEALED),
    Invariant("I32", "What is live and what is archived is what was counted",     "credit_archive",       UNCOUNTED),
    Invariant("I32", "Each part that was moved or is kept sealed has its file",   "credit_archivepart",   _lost),
    Invariant("I33", "Each overdue job has a run for each date",                  "accounts_jobrun",      GAPS),
)
# fmt: on
