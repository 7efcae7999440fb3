"""A person's own name, which colleagues see on the team and in "whom to ask"."""

from datetime import datetime

from accounts import audit
from accounts.models import User
from billing_portal.unit import unit


@unit
def rename(user_id: int, name: str, *, now: datetime) -> User:
    """Change a person's own name and write it down; what was signed with the old one stays. Repeating does nothing."""
    person = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if person.name == name:
        return person
    person.name = name
    person.save(update_fields=["name"])
    audit.record(
        "accounts.rename",
        actor=person,
        subject=f"user:{person.pk}",
        reason="Changed on the own profile",
        now=now,
    )
    return person
