"""The values of e-invoicing: off needs none, on needs all, and production needs its own."""

from types import SimpleNamespace

import pytest

from invoices import einvoice_checks
from tests.fake_irp import portal

__all__ = ["portal"]
OFF = {"EINVOICE_ENABLED": False, "EINVOICE_FROM": ""}


def values(key_file, **change):
    sound = {
        "PRODUCTION": True,
        "EINVOICE_ENABLED": True,
        "EINVOICE_FROM": "2026-12-01",
        "EINVOICE_REPORT_DAYS": 30,
        "EINVOICE_PROVIDER": "invoices.irp.JsonPortal",
        "EINVOICE_URL": "https://einvoice.operator.example/v1.03",
        "EINVOICE_KEY": "a-key-of-the-provider",
        "EINVOICE_PUBLIC_KEY_FILE": key_file,
    }
    return SimpleNamespace(**(sound | change))


def test_all_is_well(portal, settings):
    assert einvoice_checks.problems(values(settings.EINVOICE_PUBLIC_KEY_FILE)) == []


def test_off_needs_nothing():
    assert einvoice_checks.problems(values("", **OFF, EINVOICE_KEY="", EINVOICE_PROVIDER="")) == []
    assert einvoice_checks.einvoicing() == []


# fmt: off
WRONG = [
    ({"EINVOICE_FROM": ""},                         "EINVOICE_FROM is not a day"),
    ({"EINVOICE_FROM": "1 Dec"},                    "EINVOICE_FROM is not a day"),
    ({"EINVOICE_ENABLED": False},                   "EINVOICE_FROM is set while EINVOICE_ENABLED is off"),
    ({"EINVOICE_REPORT_DAYS": 0},                   "EINVOICE_REPORT_DAYS is below 1"),
    ({"EINVOICE_KEY": ""},                          "EINVOICE_KEY is empty"),
    ({"EINVOICE_KEY": "sandbox_einvoice_key_1"},    "EINVOICE_KEY is the sandbox's"),
    ({"EINVOICE_PROVIDER": "invoices.irp.Nobody"},  "EINVOICE_PROVIDER names no class"),
    ({"EINVOICE_PROVIDER": "invoices.irp.portal"},  "EINVOICE_PROVIDER names no class"),
    ({"EINVOICE_URL": "http://127.0.0.1:8100/x"},   "EINVOICE_URL must be an https address"),
    ({"EINVOICE_PUBLIC_KEY_FILE": ""},              "no file is named"),
    ({"EINVOICE_PUBLIC_KEY_FILE": "/nowhere.pem"},  "No such file"),
    ({"EINVOICE_PUBLIC_KEY_FILE": __file__},        "no public key and no certificate"),
]
# fmt: on


@pytest.mark.parametrize(("change", "why"), WRONG)
def test_what_is_missing_or_contradicts_is_named(change, why, portal, settings):
    [found] = einvoice_checks.problems(values(settings.EINVOICE_PUBLIC_KEY_FILE, **change))

    assert why in found
