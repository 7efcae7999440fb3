"""An account's particulars as its own people change them: for documents from now on, never for issued ones.

A verified GSTIN locks the billing name: it is the name that the GST portal knows, and staff compared both. Another
GSTIN is not verified any more, and the name is free until staff have compared again.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime

from accounts import addressees, audit, gstin, notices, particulars
from accounts.models import Account, Member, Notice, User
from accounts.states import STATE_NAMES
from billing_portal import text
from billing_portal.unit import unit

Registration = Account.Registration
OWN_CHOICE = {Registration.REGULAR, Registration.UNREGISTERED}  # which of the two, the GSTIN says


@dataclass(frozen=True)
class Profile:
    """What a customer may change, as typed."""

    name: str
    billing_name: str
    address: str
    city: str
    pin: str
    state: str
    gstin: str
    pan: str


# fmt: off
LABELS = {
    "name": "Account name", "billing_name": "Billing name", "address": "Address", "city": "City", "pin": "PIN code",
    "state": "State", "gstin": "GSTIN", "pan": "PAN",
}
# fmt: on
LONGEST = {field.name: field.max_length or 0 for field in Account._meta.fields if field.name in LABELS}
LOCKED = (
    "The GSTIN is verified, so documents carry the name that the GST portal knows. Have the name changed there, then "
    "write to us: we compare again."
)
OF_OUR_STAFF = "Your kind of registration is set by our staff. To change this, please write to us."


class NotPossible(ValueError):
    """Particulars that do not fit; `said` tells why, by field."""

    def __init__(self, said: dict[str, str]) -> None:
        super().__init__(" ".join(said.values()))
        self.said = said


class Changed(Exception):
    """Somebody else has changed them since the page was shown; `stands` is what holds now."""

    def __init__(self, stands: Profile) -> None:
        super().__init__()
        self.stands = stands


def of(account: Account) -> Profile:
    """Return an account's particulars."""
    return Profile(**{field.name: getattr(account, field.name) for field in fields(Profile)})


def looks(stands: Profile) -> str:
    """Return a fingerprint of what a person has before their eyes."""
    return hashlib.sha256(json.dumps(asdict(stands)).encode()).hexdigest()[:16]


def locks_name(account: Account) -> bool:
    """Whether the billing name follows a verified GSTIN."""
    return account.gstin_verified_at is not None


def fixed(account: Account) -> set[str]:
    """Return the fields that only staff change on this account."""
    return {"gstin", "state"} if account.registration in particulars.EXPORTS else set()


@unit
def change(account_id: int, typed: Profile, *, seen: str, actor: User, now: datetime) -> Account:
    """Set the particulars for future documents, write down before and after, and tell contacts and owners.

    `seen` is the fingerprint of what the person saw. The same again changes nothing. Raises NotPossible, Changed.
    """
    account = Account.objects.lock(account_id)
    stands, wanted = of(account), _normal(typed)
    if wanted != stands and seen != looks(stands):
        raise Changed(stands)
    registration = _registration(account, wanted)
    _check(account, registration, wanted, stands)
    news = {name: value for name, value in asdict(wanted).items() if value != getattr(stands, name)}
    _write(account, news, registration, now)
    if news:
        _tell(account, {name: getattr(stands, name) for name in news}, news, actor=actor, now=now)
    return account


def _normal(typed: Profile) -> Profile:
    """Return it as it is kept; a PAN that only the GSTIN tells is taken from there."""
    words = {name: " ".join(value.split()) for name, value in asdict(typed).items()}
    kept = Profile(**words | {"gstin": gstin.normal(words["gstin"]), "pan": gstin.normal(words["pan"])})
    return kept if kept.pan else replace(kept, pan=particulars.pan_inside(kept.gstin))


def _registration(account: Account, wanted: Profile) -> str:
    if account.registration not in OWN_CHOICE:
        return account.registration
    return Registration.REGULAR if wanted.gstin else Registration.UNREGISTERED


def _check(account: Account, registration: str, wanted: Profile, stands: Profile) -> None:
    given = {name: getattr(wanted, name) for name in ("gstin", "pan", "state", "pin")}
    said = particulars.problems(registration=registration, country=account.country, **given)
    for name, value in asdict(wanted).items():
        if not value and name in ("name", "billing_name", "address", "city"):
            said[name] = "Please fill this in."
        elif len(value) > LONGEST[name]:
            said[name] = f"At most {LONGEST[name]} characters."
        elif text.has_hidden(value):
            said[name] = text.HIDDEN
    for name in fixed(account):
        if getattr(wanted, name) != getattr(stands, name):
            said[name] = OF_OUR_STAFF
    keeps = locks_name(account) and wanted.gstin == stands.gstin
    if keeps and wanted.billing_name != stands.billing_name:
        said["billing_name"] = LOCKED
    if said:
        raise NotPossible(said)


def _write(account: Account, news: dict[str, str], registration: str, now: datetime) -> None:
    values: dict[str, object] = {**news}
    if registration != account.registration:
        values["registration"] = registration
    if "gstin" in news:
        values["gstin_verified_at"] = None
    if account.details_confirmed_at is None:
        values["details_confirmed_at"] = now
    for name, value in values.items():
        setattr(account, name, value)
    if values:
        account.save(update_fields=list(values))


def _tell(account: Account, was: dict[str, str], is_: dict[str, str], *, actor: User, now: datetime) -> None:
    event = audit.record(
        "accounts.change_profile",
        actor=actor,
        account=account,
        subject=f"account:{account.ban}",
        reason="Changed on the Preferences page",
        before=was,
        after=is_,
        now=now,
    )
    rows = [[LABELS[name], shown(name, was[name]), shown(name, is_[name])] for name in is_]
    owners = account.members.filter(role=Member.Role.OWNER).values_list("user__email", flat=True)
    told = addressees.of(Notice.Channel.EMAIL, {account.pk}).get(account.pk, [])
    notices.owe(
        account,
        "profile-changed",
        event=f"audit:{event.pk}",
        context={"rows": rows, "by": str(actor), "at": now.isoformat()},
        mails=sorted({*told, *owners}),
        now=now,
    )


def shown(name: str, value: str) -> str:
    """Return a value as people read it."""
    return STATE_NAMES.get(value, value) if name == "state" else value
