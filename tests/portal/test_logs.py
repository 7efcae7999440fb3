"""Logs carry ids, never what a person typed or was sent."""

import logging
import sys

import pytest
import structlog

from billing_portal.logs import configure, mask


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("GET /BA-100042/payments/", "GET /BA-100042/payments/"),
        ("GET /admin/accounts/account/?q=asha@example.in", "GET /admin/accounts/account/"),
        ("GET /auth/password/reset/key/1-secret-token/", "GET /auth/"),
        ("POST /gateway/webhook/?x=1", "POST /gateway/webhook/"),
    ],
)
def test_an_address_is_cut_to_what_is_nobodys_own(said, kept):
    line = mask(None, "info", {"event": "request_finished", "request": said, "user_agent": "Mozilla"})

    assert line == {"event": "request_finished", "request": kept}


@pytest.mark.parametrize("event", ["request_started", "task_enqueued", "task_succeeded"])
def test_what_is_routine_is_no_line(event):
    with pytest.raises(structlog.DropEvent):
        mask(None, "info", {"event": event})


def test_a_failure_is_a_line():
    assert mask(None, "error", {"event": "task_failed", "task": "x"})


def test_an_error_in_the_console_shows_no_values_of_variables():
    words = configure(format="console", silent=True)["formatters"]["line"]
    formatter = words.pop("()")(**words)

    def fail():
        address = "asha@example.in"
        raise ValueError(len(address))

    try:
        fail()
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())

    line = formatter.format(record)
    assert "ValueError" in line and "raise ValueError(len(address))" in line
    assert line.count("asha@example.in") == 0
