"""Staff's hold on the five overdue jobs: today's runs, pause and resume, and a yes to a run that would harm many."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts import job_control
from accounts.models import JobPause, JobRun
from billing_portal import clock, nudge
from billing_portal.staff_pages import ReadOnly
from credit import overdue_jobs
from credit.admin.tools import ReasonForm, act_page
from credit.ladder import Action
from credit.models import OverdueCase

SEE, PAUSE, CONFIRM = "accounts.view_jobrun", "accounts.pause_job", "accounts.confirm_run"
LISTED = 200  # accounts that a stopped run's page names


@admin.register(JobPause)
class JobPauseAdmin(ReadOnly):
    change_list_template = "admin/credit/pauses.html"
    list_display = ("job", "reason", "paused_by", "paused_at", "ended_by", "ended_at")
    list_filter = ("job",)
    list_select_related = ("paused_by", "ended_by")
    ordering = ("-paused_at",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("overdue/", view(self.jobs_view), name="credit_jobs"),
            path("overdue/<slug:action>/pause/", view(self.pause_view), name="credit_job_pause"),
            path("overdue/<slug:action>/resume/", view(self.resume_view), name="credit_job_resume"),
            path("overdue/runs/<int:pk>/", view(self.confirm_view), name="credit_run_confirm"),
            *super().get_urls(),
        ]

    def jobs_view(self, request: HttpRequest) -> HttpResponse:
        """The five jobs: what is due, today's run, paused or not, and what waits for a person."""
        if not request.user.has_perm(SEE):
            raise PermissionDenied(SEE)
        today = clock.today()
        names = list(overdue_jobs.JOBS.values())
        runs = {run.job: run for run in JobRun.objects.filter(job__in=names, business_date=today)}
        due = OverdueCase.objects.count_due(today)
        pauses = {one.job: one for one in JobPause.objects.filter(job__in=names, ended_at=None)}
        rows = [
            {
                "action": action,
                "job": job,
                "due": due.get(action, 0),
                "run": runs.get(job),
                "is_stopped": job in runs and overdue_jobs.is_stopped(runs[job]),
                "pause": pauses.get(job),
            }
            for action, job in overdue_jobs.JOBS.items()
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Overdue jobs",
            "rows": rows,
            "cap": overdue_jobs.cap(),
        }
        return TemplateResponse(request, "admin/credit/jobs.html", context)

    def pause_view(self, request: HttpRequest, action: str) -> HttpResponse:
        means = (
            "While the job is paused nobody takes it. The days go on counting; after the pause each account takes one "
            "step a day, with its notice before."
        )
        return self._hold(request, action, "Pause", job_control.pause, means)

    def resume_view(self, request: HttpRequest, action: str) -> HttpResponse:
        cap = overdue_jobs.cap()
        means = f"The next run takes them; one that would harm more than {cap} stops for a person."
        return self._hold(request, action, "Resume", job_control.resume, means)

    def _hold(self, request: HttpRequest, action: str, word: str, act: Any, means: str) -> HttpResponse:
        """Pause a job or resume it; said first whom it is about, and what it means for them."""
        job, count = _job(action), OverdueCase.objects.count_due(clock.today()).get(action, 0)
        about = f"{count} account{' is' if count == 1 else 's are'} due for this step today."
        return self._act(
            request, PAUSE, f"{word} “{Action(action).label}”", act, job,
            template="admin/credit/extend.html", lead=f"{about} {means}",
        )  # fmt: skip

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Whom a stopped run would harm, and a yes to it."""
        run = get_object_or_404(JobRun, pk=pk, job__in=overdue_jobs.JOBS.values())
        action = next(one for one, job in overdue_jobs.JOBS.items() if job == run.job)
        due = OverdueCase.objects.due(action, clock.today()).select_related("account")[:LISTED]
        return self._act(
            request, CONFIRM, "Let it go on", job_control.confirm, pk, template="admin/credit/confirm_run.html",
            cases=due, run=run, then=lambda: nudge.wake("payments.tasks.go_on_overdue"),
        )  # fmt: skip

    def _act(
        self, request: HttpRequest, right: str, title: str, act: Any, what: Any, *,
        then: Callable[[], None] | None = None, **more: Any,
    ) -> HttpResponse:  # fmt: skip
        """A reason, and the act, and what follows from it; back to the jobs."""

        def done(_made: object) -> tuple[str, str]:
            if then:
                then()
            return f"{title}: done.", reverse("admin:credit_jobs")

        return act_page(
            self, request, ReasonForm(request.POST or None), functools.partial(act, what), right=right, title=title,
            failures=job_control.NotPossible, done=done, **more,
        )  # fmt: skip


def _job(action: str) -> str:
    if action not in set(Action):
        raise Http404
    return overdue_jobs.JOBS[Action(action)]
