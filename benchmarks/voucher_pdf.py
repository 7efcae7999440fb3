"""`voucher_pdf`: a receipt voucher from its row, against WeasyPrint alone and against the tutorials' way."""

import resource
import time
from collections.abc import Callable

import weasyprint
from django.conf import settings
from weasyprint.text.fonts import FontConfiguration

from benchmarks import world
from benchmarks.table import Row
from invoices import pdf
from invoices.models import Document
from payments import recharge

COUNT, ROUNDS, MANY = 20, 5, 500


def measure() -> list[Row]:
    document = _voucher()
    html, identifier = pdf.html_of(document), bytes.fromhex(document.hash)
    pdf.make(document)
    ours, floor, tutorial = [], [], []
    for _ in range(ROUNDS):
        ours.append(_rate(lambda: pdf.make(document)))
        floor.append(_rate(lambda: pdf.render(html, identifier=identifier)))
        tutorial.append(_rate(lambda: _tutorial(html), count=5))
    return [
        Row("voucher_pdf", "/s", ours, floor, at_most=1.15),
        Row(
            "voucher_pdf, times the tutorials' way",
            "/s",
            ours,
            tutorial,
            at_least=2.5,
            given=_median(ours) / _median(tutorial),
        ),
        _memory(document),
    ]


def _voucher() -> Document:
    settings.GATEWAY = "benchmarks.world.Instant"
    payment = world.payment(world.account())
    recharge.settle(payment.pk, now=world.NOW)
    return Document.objects.get(cause=f"advance:{payment.number}")


def _tutorial(html: str) -> bytes:
    style = (settings.BASE_DIR / "templates" / "documents" / "document.css").read_text()
    inline = html.replace("</head>", f"<style>{style}</style></head>")
    return weasyprint.HTML(string=inline).write_pdf(font_config=FontConfiguration())


def _memory(document: Document) -> Row:
    """Peak memory after 500 documents over that after 50: flat is 1."""
    peaks = []
    for count in (50, MANY - 50):
        for _ in range(count):
            pdf.make(document)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return Row("voucher_pdf, MiB after 500 documents", "MiB", peaks[1:], peaks[:1], at_most=1.1)


def _rate(work: Callable[[], object], count: int = COUNT) -> float:
    began = time.perf_counter()
    for _ in range(count):
        work()
    return count / (time.perf_counter() - began)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
