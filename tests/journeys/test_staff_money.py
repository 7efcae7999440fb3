"""The staff's pages of money, wide and on a phone: no heading breaks within a word, no page is wider than it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from payments import day_close
from tests import build
from tests.admin.test_overdue import things
from tests.browser import NARROW, WIDE
from tests.journeys.desks import SMALL, desk

__all__ = ["desk", "things"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
BROKEN = """() => {
    const broken = [];
    for (const cell of document.querySelectorAll("#content thead th, #content td.field-condition, #content h2")) {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            for (const word of texts.currentNode.data.matchAll(/[^\\s\\/-]+/g)) {
                const range = document.createRange();
                range.setStart(texts.currentNode, word.index);
                range.setEnd(texts.currentNode, word.index + word[0].length);
                const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
                if (lines.size > 1) broken.push(word[0]);
            }
        }
    }
    return broken;
}"""
SIDEWAYS = """() => {
    const rows = document.querySelector("#changelist .results");
    return rows ? rows.scrollWidth - rows.clientWidth : 0;
}"""
LISTS = (
    "payments_payment", "payments_refund", "payments_dispute", "payments_mandate", "payments_claim", "payments_cheque",
    "payments_bankline", "payments_bankimport", "payments_taxdeducted", "payments_settlement", "payments_difference",
    "payments_dayclose", "credit_deletion",
)  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_list_reads_well(things, desk, live_server, screenshot, theme):
    build.paid(build.account(), 1180, now=build.NOW - timedelta(days=1))
    today = build.NOW.date()
    day_close.compute(today - timedelta(days=5), today - timedelta(days=1), now=build.NOW)
    page = desk("manager")
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    addresses = {name: reverse(f"admin:{name}_changelist") for name in LISTS}
    addresses["reconciliation"] = reverse("admin:payments_reconciliation")
    addresses["returns"] = reverse("admin:invoices_export_returns") + f"?month={today:%Y-%m}"
    addresses["upload"] = reverse("admin:payments_statement_upload")

    for name, address in addresses.items():
        page.goto(live_server.url + address)
        for size in (WIDE, NARROW, SMALL):
            page.set_viewport_size(size)
            if size != SMALL:
                screenshot(page, f"{name}-{size['width']}")
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name}: {size}"
            assert page.evaluate(BROKEN) == [], f"{name}: {size}"
            assert page.evaluate(SIDEWAYS) <= 0, f"{name} scrolls sideways: {size}"
