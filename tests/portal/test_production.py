"""A production instance refuses to start with a demo value, and names each."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from billing_portal import checks

SOUND = {
    "SECRET_KEY": "k" * 60,
    "ARCHIVE_KEY": "a" * 43,
    "DEMO": False,
    "DEBUG": False,
    "RAZORPAY_KEY_ID": "rzp_live_Abcdefghijklmn",
    "RAZORPAY_KEY_SECRET": "a-real-secret",
    "RAZORPAY_WEBHOOK_SECRET": "another-real-secret",
    "RAZORPAY_ACCOUNT_ID": "acc_Abcdefghijklmn",
    "RAZORPAY_URL": "https://api.razorpay.com",
    "TELEPHONY_SECRET": "a-third-real-secret",
    "TELEPHONY_URL": "https://platform.operator.example",
    "SITE_URL": "https://billing.operator.example",
    "SMS_URL": "https://sms.operator.example",
    "SMS_KEY": "a-real-key",
    "SMS_WEBHOOK_SECRET": "a-third-real-secret",
    "SMS_SENDER": "OPERAT",
    "FINANCE_EMAIL": "finance@example.com",
    "SUPPORT_EMAIL": "support@example.com",
    "AUDIT_EMAIL": "audit@example.com",
    "STAFF_SECOND_FACTOR": True,
    "ADMIN_PATH": "back-office/",
    "SMS_TEMPLATE_IDS": {"low-balance": "1107161234567890123"},
    "SUPPLIER": {"gstin": "29AABCR1718E1ZL"},
}


def test_sound_values_are_accepted():
    assert checks.problems(SimpleNamespace(**SOUND)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "demo-secret-key-that-no-production-instance-accepts-000000000000"),
        ("SECRET_KEY", "short"),
        ("ARCHIVE_KEY", "sandbox_archive_key_1"),
        ("ARCHIVE_KEY", "short"),
        ("ARCHIVE_KEY", ""),
        ("DEMO", True),
        ("DEBUG", True),
        ("RAZORPAY_KEY_ID", "rzp_test_Sandbox00000001"),
        ("RAZORPAY_KEY_ID", ""),
        ("RAZORPAY_KEY_SECRET", "sandbox_key_secret_1"),
        ("RAZORPAY_WEBHOOK_SECRET", ""),
        ("RAZORPAY_WEBHOOK_SECRET", "sandbox_webhook_secret_1"),
        ("RAZORPAY_ACCOUNT_ID", ""),
        ("RAZORPAY_URL", "http://127.0.0.1:8100"),
        ("RAZORPAY_URL", "http://api.razorpay.com"),
        ("RAZORPAY_URL", "https://localhost"),
        ("TELEPHONY_SECRET", ""),
        ("TELEPHONY_SECRET", "sandbox_telephony_secret_1"),
        ("TELEPHONY_URL", "http://127.0.0.1:8100"),
        ("SITE_URL", "http://127.0.0.1:8000"),
        ("SMS_URL", "http://127.0.0.1:8100/sms"),
        ("SMS_KEY", ""),
        ("SMS_KEY", "sandbox_sms_key_1"),
        ("SMS_WEBHOOK_SECRET", "sandbox_sms_webhook_secret_1"),
        ("SMS_SENDER", "KAVERI"),
        ("FINANCE_EMAIL", "finance@kaverivoice.example"),
        ("SUPPORT_EMAIL", "support@kaverivoice.example"),
        ("AUDIT_EMAIL", "audit@kaverivoice.example"),
        ("AUDIT_EMAIL", ""),
        ("STAFF_SECOND_FACTOR", False),
        ("ADMIN_PATH", ""),
        ("ADMIN_PATH", "admin"),
        ("ADMIN_PATH", "../x/"),
        ("SMS_TEMPLATE_IDS", {}),
        ("LUT_VALID_TO", "31-03-2027"),
        ("ADVANCE_REFUND_REPORTING", "both"),
        ("SUPPLIER", {"gstin": "29ZZZCS0001A1ZI"}),
    ],
)
def test_each_demo_value_is_refused_by_name(name, value):
    problems = checks.problems(SimpleNamespace(**SOUND | {name: value}))

    assert problems
    assert any(name in problem or name == "SUPPLIER" for problem in problems)


def test_a_missing_letter_of_undertaking_is_a_warning(settings):
    settings.PRODUCTION, settings.LUT_NUMBER = True, ""

    assert [found.msg for found in checks.production_values() if found.id == "portal.W001"] == [
        "LUT_NUMBER, LUT_DATE or LUT_VALID_TO is empty: supplies to SEZ units and exports are taxed with IGST."
    ]


def test_the_app_does_not_start_with_them(settings):
    settings.PRODUCTION = True

    with pytest.raises(ImproperlyConfigured, match="RAZORPAY_WEBHOOK_SECRET is the sandbox's"):
        apps.get_app_config("billing_portal").ready()
