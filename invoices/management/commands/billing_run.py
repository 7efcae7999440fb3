"""manage.py billing_run: bill what is due now in this process, or print what would be issued."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Account, JobRun
from billing_portal import clock
from billing_portal.money import inr
from billing_portal.text import plain
from invoices import billing_job, billing_run
from invoices.bills import Planned
from invoices.cycle_facts import Ended


def day(text: str) -> date:
    """Read a date as 2026-12-24."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a date like 2026-12-24") from error


class Command(BaseCommand):
    help = "Bill the cycles that have ended. Safe to repeat, and beside the workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=day, metavar="DATE", help="the business date; default: today")
        parser.add_argument("--account", metavar="BAN", help="only this account")
        parser.add_argument("--dry-run", action="store_true", help="print what would be issued, do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = self._moment(options["on"], is_dry=options["dry_run"])
        only = self._account(options["account"])
        if options["dry_run"]:
            self._preview([[only]] if only else billing_run.chunks(now=now), now)
        elif only:
            self._report(billing_job.run_one(only, now=now))
        else:
            chunks = billing_job.run(self._report, now=now)
            self.stdout.write(f"{chunks} chunk{'s' if chunks != 1 else ''}; nothing more is due.")

    def _moment(self, on: date | None, *, is_dry: bool) -> datetime:
        """Return the moment to bill at. Business dates never run ahead of the clock, nor back."""
        if on is None or on == clock.today():
            return clock.now()
        last = JobRun.objects.filter(job=billing_job.JOB).order_by("-business_date").first()
        if not is_dry and on > clock.today():
            raise CommandError(f"--on {on}: this day has not come; only --dry-run looks ahead.")
        if not is_dry and last and on < last.business_date:
            raise CommandError(f"--on {on}: the run of {last.business_date} has begun; dates never go back.")
        return timezone.make_aware(datetime.combine(on, time.max))

    def _account(self, ban: str | None) -> int | None:
        if ban is None:
            return None
        found = Account.objects.filter(ban=ban).values_list("pk", flat=True).first()
        if found is None:
            raise CommandError(f"--account: there is no account {ban}.")
        return found

    def _report(self, done: billing_run.Done) -> None:
        total = sum(document.total for document in done.documents)
        self.stdout.write(
            f"{len(done.documents)} invoices of {inr(total)}, {done.empty} cycles without one, {done.failed} failed"
        )

    def _preview(self, chunks: list[list[int]] | Iterator[list[int]], now: datetime) -> None:
        count = total = 0
        for account_ids in chunks:
            for ended, planned, reason in billing_run.preview(account_ids, now=now):
                self._one(ended, planned, reason)
                count += planned is not None
                total += planned.total if planned else 0
        self.stdout.write(f"{count} invoices of {inr(total)} would be issued. Nothing was changed.")

    def _one(self, ended: Ended, planned: Planned | None, reason: str) -> None:
        name = plain(ended.account.billing_name, 60)
        self.stdout.write(f"{ended.account.ban}  {name}  {ended.cycle.starts_on} to {ended.cycle.ends_on}")
        if planned is None:
            self.stdout.write(f"    not billed: {reason}" if reason else "    nothing to bill")
            return
        for line in planned.lines:
            self.stdout.write(f"    {inr(line.value.taxable):>16}  {plain(line.description, 100)}")
        figures = (
            ("GST", planned.value.tax),
            ("round-off", planned.rounding),
            ("total", planned.total),
            ("set off from advances", -planned.used.total),
            ("set off from credit", -planned.credit),
            ("to pay", planned.open_amount),
        )
        for words, amount in figures:
            if amount or words in ("total", "to pay"):
                self.stdout.write(f"    {inr(amount):>16}  {words}")
