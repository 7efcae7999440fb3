"""People's pages: what they show, and what a hostile mail or message cannot do there."""

import re

import pytest

from tests.sandbox.test_messages import mail_out, send

PAGES = ["/", "/mail", "/sms", "/gateway", "/telephony"]


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_world_has_pages_that_say_so(box, browser, path):
    answer = browser.get(path)

    assert answer.status_code == 200
    assert re.search(r"No \w+( \w+)? yet", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_a_strict_policy_and_nothing_inline(box, browser, new_order, merchant, path):
    mail_out(box)
    send(box)
    box.control("POST", f"/orders/{new_order()['id']}/pay", {"method": "card"})
    box.control("POST", "/faults", {"on": "request", "do": {"kind": "reset"}})
    box.drain()

    answer = browser.get(path)

    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"<style|style=|<script| on\w+=", answer.text)


def test_a_mails_html_is_locked_up_on_its_own_page(box, browser):
    mail_out(box)
    mail_id = box.mail("asha@example.in")["id"]

    page, inside = browser.get(f"/mail/{mail_id}"), browser.get(f"/mail/{mail_id}/html")

    assert "<script>" not in page.text
    assert 'sandbox="allow-popups' in page.text
    assert "default-src 'none'" in inside.headers["Content-Security-Policy"]
    assert inside.headers["Content-Security-Policy"].startswith("sandbox")


def test_an_attachment_can_be_fetched(box, browser):
    mail_out(box)
    mail_id = box.mail("asha@example.in")["id"]

    answer = browser.get(f"/mail/{mail_id}/attachments/1")

    assert answer.content == b"%PDF-1.7"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''invoice.pdf"
    assert browser.get(f"/mail/{mail_id}/attachments/2").status_code == 404
    assert browser.get("/mail/mail_none").status_code == 404


def test_text_messages_are_escaped_and_in_order(box, browser):
    send(box, text="<b>first</b>")
    send(box, reference="notice-2", text="second")

    text = browser.get("/sms").text

    assert "&lt;b&gt;first" in text
    assert text.index("first") < text.index("second")


def test_the_gateway_page_shows_payments_events_and_calls(box, browser, merchant, new_order):
    merchant.status = 503
    box.control("POST", f"/orders/{new_order(123456789)['id']}/pay", {"method": "card"})
    box.drain()

    text = browser.get("/gateway").text

    assert "₹12,34,567.89" in text
    assert "···· 1007" in text
    assert "4100280000001007" not in text
    assert ">503</span>" in text


def test_the_telephony_page_shows_levels_calls_orders_and_records(phones, browser):
    phones.portal.rejects = {"sms": ("units", "is too many")}
    phones.call(ring=5, seconds=125)
    phones.call(feature="sms", units=1)
    phones.fault("call", "overrun", seconds=9, count=None)
    phones.order("outbound_blocked")
    phones.call()
    phones.box.advance("PT5M")

    text = browser.get("/telephony").text

    for words in (
        "2:05",
        ">refused</span>",
        ">outbound blocked</span>",
        "SO-000001",
        "is too many",
        "overrun",
    ):
        assert words in text
    assert not re.search(r"<style|style=|<script| on\w+=", text)
