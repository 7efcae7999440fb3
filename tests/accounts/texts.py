"""What tests of text messages share: a contact with a mobile, and a message that goes to it."""

from accounts import notices
from accounts.models import Account, Contact, Notice
from accounts.notices import EMAIL_SMS
from tests import build

MOBILE = "+919800000001"
LOW = {
    "balance": 100_00,
    "minimum_balance": 500_00,
    "minimum_to_pay": 600_00,
    "suggested": 1500_00,
    "outstanding": 0,
}


def contact(of: Account, **fields: object) -> Contact:
    return Contact.objects.create(account=of, name="Desk", **({"phone": MOBILE} | fields))


def owe(account: Account, event: str = "low:1", channels=EMAIL_SMS) -> None:
    notices.owe(account, "low-balance", event=event, context=LOW, channels=channels, now=build.NOW)


def text_message() -> Notice:
    return Notice.objects.get(channel="sms")
