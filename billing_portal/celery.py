"""The Celery app and one table of what runs when.

Rows are the truth; a task only looks which rows are due, so it may run twice, late, or after days.
"""

import os
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

from billing_portal import clock, job_name

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_portal.settings")

JUMP = "billing_portal.tasks.move_demo_clock"
ALWAYS = {JUMP, "billing_portal.tasks.tick"}


class Job(Task):
    """A task; in a demo whose clock is being moved a worker leaves it to the mover, which does all that is due.

    Else a worker would do a job of yesterday beside it, by a clock that it had read before the move.
    """

    abstract = True

    def __call__(self, *args: Any, **words: Any) -> Any:
        if settings.DEMO and not (self.request.called_directly or self.request.is_eager):
            clock.forget()
            if self.name not in ALWAYS and clock.is_jumping():
                return 0
        with job_name.named(f"job {self.name}"):
            return super().__call__(*args, **words)


app = Celery("billing_portal", task_cls=Job)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


def _daily(hour: int, minute: int) -> crontab:
    """Begin a daily job at this time and look every ten minutes until evening whether it has to go on."""
    return crontab(minute=f"{minute}-59/10", hour=f"{hour}-20")


# fmt: off
BEAT: tuple[tuple[Any, ...], ...] = (
    # name               task                                 when, seconds or crontab     queue      (arguments)
    ("notices",          "accounts.tasks.send_notices",       3,                           "default"),
    ("text-messages",    "accounts.tasks.send_texts",         3,                           "default"),
    ("webhook-events",   "payments.tasks.handle_events",      3,                           "money"),
    ("documents",        "invoices.tasks.render_documents",   3,                           "documents"),
    ("e-invoices",       "invoices.tasks.register_einvoices", 3,                           "documents"),
    ("follow-up",        "payments.tasks.follow_up",          20,                          "money"),
    ("debits",           "payments.tasks.step_debits",        20,                          "money"),
    ("plan-debits",      "payments.tasks.plan_debits",        crontab(minute="4-59/10"),   "money"),
    ("plan-top-ups",     "payments.tasks.plan_top_ups",       crontab(minute=25),          "money"),
    ("refunds",          "payments.tasks.send_refunds",       5,                           "money"),
    ("refund-looks",     "payments.tasks.look_at_refunds",    60,                          "money"),
    ("mandates",         "payments.tasks.follow_mandates",    20,                          "money"),
    ("end-mandates",     "payments.tasks.end_mandates",       _daily(0, 15),               "money"),
    ("exports",          "invoices.tasks.make_exports",       5,                           "documents"),
    ("partitions",       "invoices.tasks.create_partitions",  crontab(hour=2, minute=10),  "default"),
    ("expire-exports",   "invoices.tasks.expire_exports",     crontab(hour=4, minute=20),  "default"),
    ("renewals",         "invoices.tasks.remind_renewals",    crontab(hour=9, minute=30),  "default"),
    ("statements",       "accounts.tasks.send_statements",    crontab(hour="7-23", minute=0), "default"),
    ("review",           "credit.tasks.review",                3,                           "money"),
    ("service-orders",   "accounts.tasks.push_orders",        3,                           "telephony"),
    ("compare-levels",   "accounts.tasks.compare_levels",     crontab(minute="*/5"),       "telephony"),
    ("sweep-holds",      "credit.tasks.sweep_holds",          crontab(hour=2, minute=40),  "default"),
    ("limits",           "credit.tasks.assess_limits",        crontab(hour=0, minute=5),   "default"),
    ("overdue-remind",         "payments.tasks.take_overdue_steps", _daily(9, 0),  "billing", "remind"),
    ("overdue-block-outbound", "payments.tasks.take_overdue_steps", _daily(9, 2),  "billing", "block-outbound"),
    ("overdue-suspend",        "payments.tasks.take_overdue_steps", _daily(9, 4),  "billing", "suspend"),
    ("overdue-archive",        "payments.tasks.take_overdue_steps", _daily(9, 6),  "billing", "archive"),
    ("overdue-delete",         "payments.tasks.take_overdue_steps", _daily(9, 8),  "billing", "delete"),
    ("overdue-go-on",          "payments.tasks.go_on_overdue",      30,           "billing"),
    ("return-archives",  "credit.tasks.return_archives",      20,                          "billing"),
    ("restorations",     "credit.tasks.confirm_restorations",  5,                          "telephony"),
    ("sweep-relief",     "credit.tasks.sweep_relief",         crontab(minute="2-57/5"),    "money"),
    ("finish-deletions", "payments.tasks.finish_deletions",   60,                          "documents"),
    ("purge-archives",   "credit.tasks.purge_archives",       crontab(hour=4, minute=50),  "default"),
    ("erase-late-calls", "payments.tasks.erase_late_calls",   crontab(hour=4, minute=55),  "default"),
    ("lapse-taxes",      "payments.tasks.lapse_taxes",         crontab(hour=6, minute=20),  "money"),
    ("demo-clock",       "billing_portal.tasks.move_demo_clock", 5,                        "default"),
    ("beat-tick",        "billing_portal.tasks.tick",         15,                          "default"),
    ("move-advances",    "invoices.tasks.move_advances",      crontab(minute="5-55/10"),   "money"),
    ("billing",          "invoices.tasks.start_billing",      crontab(minute="*/10"),      "billing"),
    ("reconcile",        "payments.tasks.reconcile",          _daily(2, 5),                "money"),
    ("match-settlements", "payments.tasks.match_settlements", crontab(minute="3-53/10"),   "money"),
    ("downtimes",        "payments.tasks.poll_downtimes",     crontab(minute="*/3"),       "money"),
    ("follow-disputes",  "payments.tasks.follow_disputes",    crontab(minute=35),          "money"),
    ("audit-head",       "accounts.tasks.keep_audit_head",     crontab(hour=3, minute=45),  "default"),
    ("verify-books",     "billing_portal.tasks.verify_books", crontab(hour=3, minute=30),  "default"),
)
# fmt: on


def _entry(task: str, when: Any, queue: str, *arguments: str) -> dict[str, Any]:
    options = {"queue": queue}
    if isinstance(when, int):
        options["expires"] = max(when * 3, 10)  # type: ignore[assignment]  # a missed tick is not worth a second
    return {"task": task, "schedule": when, "options": options, "args": arguments}


app.conf.beat_schedule = {name: _entry(*row) for name, *row in BEAT}
app.conf.task_routes = {task: {"queue": queue} for _name, task, _when, queue, *_arguments in BEAT}
app.conf.task_routes["invoices.tasks.bill_accounts"] = {"queue": "billing"}
app.conf.task_default_queue = "default"
