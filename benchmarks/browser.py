"""`browser`: what a person waits for in headless Chromium: first paint, layout shift, and an answer to the typing.

The portal runs under gunicorn as in production; pages are those of an account with two years behind it. The floor of a
first paint is that of an empty page.
"""

import shutil
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, Page, sync_playwright

from accounts.models import Account, User
from benchmarks import panel
from benchmarks.server import PORT, gunicorn
from benchmarks.table import Row

SITE = f"http://127.0.0.1:{PORT}"
ROUNDS = 5
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
WATCH = """
    window.__shift = 0;
    new PerformanceObserver(list => { for (const one of list.getEntries()) window.__shift += one.value })
        .observe({ type: "layout-shift", buffered: true });
"""
PAINT = """() => new Promise(done => {
    const tell = () => {
        const paint = performance.getEntriesByName("first-contentful-paint")[0];
        paint ? done([paint.startTime, performance.getEntriesByType("resource").length + 1, window.__shift])
              : setTimeout(tell, 20);
    };
    setTimeout(tell, 250);
})"""
TYPE = """() => new Promise(done => {
    const field = document.querySelector("input[name=own]"), began = performance.now();
    document.body.addEventListener("htmx:afterSwap", event => {
        if (event.detail.target.id === "preview" && field.value === "2345") done(performance.now() - began);
    });
    field.focus();
    field.value = "2345";
    field.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def measure() -> list[Row]:
    settings.DEMO = True
    account = panel.account()
    addresses, cookie = panel.pages(account), _session(panel.owner(account))
    with gunicorn(), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        rows = []
        for size, viewport in SIZES.items():
            page = _page(chromium, viewport, cookie)
            floor = [_visit(page, "/floor/empty-words/")[0] for _ in range(ROUNDS)]
            shown = [(name, address) for name, address in addresses if name != "preview"]
            rows += [_row(page, size, name, address, floor) for name, address in shown]
            rows.append(_typing(page, size, account))
        chromium.close()
    return rows


def _session(person: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _page(chromium: Browser, viewport: Any, cookie: str) -> Page:
    context = chromium.new_context(viewport=viewport, locale="en-IN", timezone_id="Asia/Kolkata")
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": SITE}])
    context.add_init_script(WATCH)
    return context.new_page()


def _visit(page: Page, address: str) -> tuple[float, int, float]:
    """Return first paint in ms, number of requests, and how far the layout shifted."""
    answer = page.goto(SITE + address)
    assert answer and answer.ok, (address, answer and answer.status)
    paint, requests, shift = page.evaluate(PAINT)
    return paint, requests, shift


def _row(page: Page, size: str, name: str, address: str, floor: Sequence[float]) -> Row:
    _visit(page, address)  # style sheet and script are in the browser's cache from now on
    visits = [_visit(page, address) for _ in range(ROUNDS)]
    requests, shift = max(one[1] for one in visits), max(one[2] for one in visits)
    note = f"{requests} requests, layout shift {shift:.3f}"
    return Row(f"{size}, {name}", "ms", [one[0] for one in visits], floor, note=note)


def _typing(page: Page, size: str, account: Account) -> Row:
    """From a typed amount to its preview on the page; 250 ms of it are the wait for the last key."""
    times = []
    for _ in range(ROUNDS):
        page.goto(f"{SITE}/{account.ban}/payments/")
        times.append(page.evaluate(TYPE))
    return Row(f"{size}, preview of a typed amount", "ms", times)
