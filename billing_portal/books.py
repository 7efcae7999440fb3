"""Verifying the books: every invariant of every floor in one consistent look, and the result kept."""

import time
from dataclasses import dataclass
from datetime import datetime

import structlog

import accounts.invariants
import credit.invariants
import invoices.invariants
import payments.invariants
from accounts import audit
from accounts.models import BooksCheck, User
from billing_portal.invariant import Finding, Invariant
from billing_portal.unit import snapshot

log = structlog.get_logger(__name__)

FLOORS = (accounts.invariants, invoices.invariants, credit.invariants, payments.invariants)
INVARIANTS: tuple[Invariant, ...] = tuple(one for floor in FLOORS for one in floor.INVARIANTS)
SHOWN = 500  # findings of one sentence that are kept; more of them say nothing new


@dataclass(frozen=True)
class Result:
    """How one sentence fared: over how many rows, in how many milliseconds, and where it is broken."""

    invariant: Invariant
    rows: int
    findings: tuple[Finding, ...]
    took: int


@dataclass(frozen=True)
class Report:
    """All sentences of one look."""

    results: tuple[Result, ...]
    audit_head: str

    @property
    def findings(self) -> list[Finding]:
        return [finding for result in self.results for finding in result.findings]

    @property
    def took(self) -> int:
        return sum(result.took for result in self.results)

    @property
    def text(self) -> str:
        """The report as people read it: findings first, then what was looked at."""
        lines = [str(finding) for finding in self.findings]
        lines += [
            f"{r.invariant.id}  {len(r.findings) or 'ok':>5}  {r.rows:>9} rows  {r.took:>6} ms  {r.invariant.sentence}"
            for r in self.results
        ]
        return "\n".join(lines)


def look(*, now: datetime) -> Report:
    """Check every invariant on one snapshot of the database. Changes nothing."""
    with snapshot():
        return Report(tuple(_check(one, now) for one in INVARIANTS), audit.head())


def verify(*, now: datetime, actor: User | None = None) -> tuple[Report, BooksCheck]:
    """Check everything and keep the result. The log line keeps the audit chain's head outside the database."""
    report = look(now=now)
    row = BooksCheck.objects.create(
        at=now,
        started_by=actor,
        findings=len(report.findings),
        invariants=len(report.results),
        took=report.took,
        audit_head=report.audit_head,
        text=report.text,
    )
    say = log.error if report.findings else log.info
    say("books_verified", findings=row.findings, took=row.took, audit_head=report.audit_head)
    return report, row


def _check(one: Invariant, now: datetime) -> Result:
    began = time.monotonic()
    findings = []
    for what in one.find(now):
        findings.append(Finding(one.id, one.sentence, what))
        if len(findings) == SHOWN:
            break
    return Result(one, one.rows(), tuple(findings), round((time.monotonic() - began) * 1000))
