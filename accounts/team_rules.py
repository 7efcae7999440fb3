"""Who may change whose role: one pure function, the same for changing, removing and inviting.

An account always keeps an owner who can sign in, and only an owner makes, demotes or removes an owner
(PRODUCT § 3).
"""

from accounts.models import Member
from accounts.permissions import RIGHTS, Right

OWNER = Member.Role.OWNER
NOT_ALLOWED = "Your role does not include managing the team any more."
OWNERS_ONLY = "Only an owner can make, demote or remove an owner."
LAST_OWNER = "An account keeps at least one owner: make somebody else an owner first."


def refusal(actor: str, *, was: str = "", becomes: str = "", other_owners: int = 0) -> str:
    """Return why a change of a role is refused, or "".

    `actor` is the role of who does it ("" for nobody of the account); `was` is empty for a new person, `becomes` for
    one who leaves. `other_owners` counts the owners who can sign in besides the person.
    """
    if Right.TEAM not in RIGHTS.get(actor, ()):
        return NOT_ALLOWED
    if OWNER in (was, becomes) and actor != OWNER:
        return OWNERS_ONLY
    if was == OWNER != becomes and not other_owners:
        return LAST_OWNER
    return ""
