"""What the Auto-pay page says of an account: what stands, what is on its way, what became of the last one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Account
from payments import mandate_policy
from payments.checkout import POLLING
from payments.models import Mandate

State = Mandate.State
STANDING = (State.ACTIVE, State.PAUSED)
LOOKED_AT = 12  # the newest mandates of an account
NEWS = timedelta(days=30)  # that the end of one is told of
# fmt: off
TONES = {
    State.AWAITING: "warn", State.ACTIVE: "good", State.PAUSED: "warn",
    State.FAILED: "bad", State.EXPIRED: "", State.CANCELLED: "",
}
# fmt: on


@dataclass(frozen=True)
class Shown:
    """One mandate as people see it."""

    mandate: Mandate

    @property
    def word(self) -> str:
        return self.mandate.get_state_display()

    @property
    def tone(self) -> str:
        return TONES[State(self.mandate.state)]

    @property
    def why(self) -> str:
        """Why it failed or ended, in plain words."""
        return mandate_policy.in_plain_words(self.mandate.reason)

    @property
    def is_at_bank(self) -> bool:
        """Approved by the customer, and the bank still has to say yes."""
        return self.mandate.state == State.AWAITING and self.mandate.gateway_token_id is not None

    @property
    def is_paused_by_bank(self) -> bool:
        return self.mandate.paused_by == Mandate.PausedBy.BANK

    def is_polling(self, now: datetime) -> bool:
        """Whether the page asks by itself what came of the approval."""
        is_open = self.mandate.state == State.AWAITING and not self.mandate.reason and not self.is_at_bank
        return is_open and now < self.mandate.started_at + POLLING


@dataclass(frozen=True)
class Page:
    """What stands (`current`), what is to take its place (`coming`), and the last one that is over (`last`)."""

    current: Shown | None = None
    coming: Shown | None = None
    last: Shown | None = None

    @property
    def is_first_run(self) -> bool:
        return not (self.current or self.coming or self.last)


def standing(account: Account) -> Mandate | None:
    """Return the mandate that debits, or would if it were not paused. One query."""
    return account.mandates.filter(state__in=STANDING).order_by("-started_at", "-pk").first()


def read(account: Account, *, now: datetime) -> Page:
    """Read the page's mandates. One query."""
    newest = list(account.mandates.select_related("first_payment").order_by("-started_at", "-pk")[:LOOKED_AT])
    current = next((one for one in newest if one.state in STANDING), None)
    coming = next((one for one in newest if one.state == State.AWAITING and one.gateway_order_id), None)
    if coming and current and coming.started_at < current.started_at:
        coming = None
    over = next((one for one in newest if one.is_over and one.reason not in ("abandoned", "replaced")), None)
    is_news = over is not None and over.ended_at is not None and now < over.ended_at + NEWS
    last = over if is_news and not (current or coming) else None
    return Page(*(Shown(one) if one else None for one in (current, coming, last)))
