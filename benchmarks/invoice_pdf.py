"""`invoice_pdf`: a month's invoice from its row, against WeasyPrint alone, the tutorials' way, and with two workers."""

import multiprocessing
import time
from collections.abc import Callable
from datetime import date, timedelta
from statistics import median

import weasyprint
from django.conf import settings
from django.db import connection
from weasyprint.text.fonts import FontConfiguration

from benchmarks import world
from benchmarks.table import Row
from invoices import annex, billing_run, pdf, plans, subscriptions, usage
from invoices.models import Document, Plan

COUNT, ROUNDS, WORKERS = 20, 5, 2
FRAMEWORK = "".join(f".u-{n} {{ margin: {n}px; color: #{n % 1000:03}; }} " for n in range(2000))


def measure() -> list[Row]:
    document = _invoice()
    html, identifier = pdf.html_of(document), bytes.fromhex(document.hash)
    pdf.make(document)
    ours, floor, tutorial = [], [], []
    for _ in range(ROUNDS):
        ours.append(_rate(lambda: pdf.make(document)))
        floor.append(_rate(lambda: pdf.render(html, identifier=identifier)))
        tutorial.append(_rate(lambda: _tutorial(html), 2))
    annexes = [1000 / _rate(lambda: annex.render(document), 1) for _ in range(3)]
    two = [_together(document) for _ in range(3)]
    return [
        Row("invoice_pdf", "/s", ours, floor, at_most=1.15),
        Row(
            "invoice_pdf, times the tutorials' way",
            "/s",
            ours,
            tutorial,
            at_least=2.5,
            given=median(ours) / median(tutorial),
        ),
        Row("invoice_pdf, 2 workers", "/s", two, ours, at_least=1.6, given=median(two) / median(ours)),
        Row("usage annex of 2,000 records", "ms", annexes),
    ]


def _invoice() -> Document:
    """A month of 2,000 calls, a rental and two usage lines."""
    account = world.account()
    plan = Plan.objects.create(code="pdf", name="Business")
    prices = [plans.Price("click_to_call", 60_000, 100), plans.Price("sms", 20_000, 10, 1)]
    plans.publish(
        plan.pk, valid_from=date(2020, 1, 1), rental=199_900, prices=prices, actor=None, now=world.NOW
    )
    subscriptions.activate(
        account.pk, plan.pk, actor=None, reason="benchmark", now=world.NOW - timedelta(days=31)
    )
    records = [
        {"id": f"pdf{n}", "account": account.ban, "feature": "click_to_call", "caller": "+918040001234",
         "called": "+919900012345", "started_at": (world.NOW - timedelta(days=2, minutes=n)).isoformat(),
         "answered_at": (world.NOW - timedelta(days=2, minutes=n)).isoformat(),
         "ended_at": (world.NOW - timedelta(days=2, minutes=n - 1)).isoformat()}
        for n in range(1, 2001)
    ]  # fmt: skip
    usage.ingest(records, source="bench", now=world.NOW - timedelta(days=1))
    (document,) = billing_run.bill_chunk([account.pk], now=world.NOW).documents
    return document


def _tutorial(html: str) -> bytes:
    """As tutorials do it: a framework's stylesheet inline, nothing shared."""
    style = (settings.BASE_DIR / "templates" / "documents" / "document.css").read_text()
    inline = html.replace("</head>", f"<style>{FRAMEWORK}{style}</style></head>")
    return weasyprint.HTML(string=inline).write_pdf(font_config=FontConfiguration())


def _rate(work: Callable[[], object], count: int = COUNT) -> float:
    began = time.perf_counter()
    for _ in range(count):
        work()
    return count / (time.perf_counter() - began)


def _together(document: Document) -> float:
    """Render with two processes; return documents a second from the common start to the last end."""
    gate = multiprocessing.Barrier(WORKERS + 1)
    connection.close()
    processes = [
        multiprocessing.get_context("fork").Process(target=_worker, args=(document, gate))
        for _ in range(WORKERS)
    ]
    for process in processes:
        process.start()
    gate.wait()
    began = time.perf_counter()
    for process in processes:
        process.join()
    return WORKERS * COUNT / (time.perf_counter() - began)


def _worker(document: Document, gate: "multiprocessing.synchronize.Barrier") -> None:
    pdf.make(document)
    gate.wait()
    for _ in range(COUNT):
        pdf.make(document)
