"""Notice a device that a person signs in from for the first time, and tell them once.

A device is a kind of browser in a network, so that a new version of it or a new address at home is no news.
"""

from datetime import datetime

from django.utils.crypto import salted_hmac

from accounts import notices
from accounts.models import KnownDevice, User
from billing_portal import origin
from billing_portal.unit import unit

# fmt: off
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
           ("Linux", "Linux"))
# fmt: on


def label(agent: str) -> str:
    """A browser's long self-description as Chrome on Windows."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "Another browser")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser


@unit
def notice(user: User, *, agent: str, address: str, now: datetime) -> bool:
    """Take note of a sign-in; owe the person a mail where the device is new, and say whether it is."""
    device, network = label(agent), origin.rough(address)
    digest = salted_hmac("known-device", f"{user.pk}\n{device}\n{network}", algorithm="sha256").hexdigest()
    row, is_new = KnownDevice.objects.get_or_create(user=user, digest=digest, defaults={"first_seen_at": now})
    if is_new:
        notices.owe_person(
            user.email,
            "new-device",
            event=f"device:{row.pk}",
            context={"device": device, "network": network, "at": now.isoformat()},
            now=now,
        )
    return is_new
