"""The world: one process's state, clock, ids, faults and switches, handed to every use case."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Clock
from sandbox.ids import Ids
from sandbox.options import Options
from sandbox.store import Doc, Store

# What differs between real accounts. (value first, others after it)
SWITCHES: dict[str, tuple[Any, ...]] = {
    "unique_receipt": ("same", "reject", "duplicate"),  # a repeat that asks for unique_receipt
    "repeated_receipt": ("duplicate", "reject"),  # a repeat that does not
    "serialisation": ("compact", "escaped", "spaced"),  # of webhook bodies
    "refunds": ("on", "off"),  # off: the account may not give money back
    "instant_refunds": ("on", "off"),  # off: speed optimum is processed like normal
    "no_refund_method": (
        "none",
        "card",
        "upi",
        "netbanking",
        "wallet",
        "bank_transfer",
    ),  # takes nothing back
    "no_partial_refund_method": (
        "none",
        "card",
        "upi",
        "netbanking",
        "wallet",
        "bank_transfer",
    ),  # only in full
    "virtual_upi": ("on", "off"),  # whether virtual accounts may have a UPI ID
    "transfer_events": ("credited_only", "with_payment"),  # whether payment.captured comes too
    "merchant_balance": (1_00_00_00_000_00,),  # paise of refunds that it can pay for; any whole number
    "idempotency_differs": (400, 409),  # status for a used key with another body
    "max_amount": (500_000_00_00,),  # paise of one order; any whole number
    "auto_refund_days": (3, 5),  # an uncaptured payment goes back after
    "recurring_card": ("on", "off"),  # off: its calls answer as if they did not exist
    "recurring_upi": ("on", "off"),
    "recurring_emandate": ("on", "off"),
    "recurring_nach": ("on", "off"),
    "card_max_amount": (15_000_00,),  # paise, the most a card mandate may be for; any whole number
    "upi_max_amount": (99_999_00,),  # paise; 200000_00 for some kinds of merchants
    "emandate_default_max": (
        99_999_00,
    ),  # paise, of one without max_amount; one crore rupees on older accounts
    "upi_registration": ("captured", "dummy_payment"),  # how the payment of a UPI mandate ends
    "icici_debits": ("working_days", "at_once"),  # when ICICI takes money from an account
    "recurring_answer": ("payment_id", "signed"),  # what a created debit answers with
    "approval_above": (15_000_00,),  # paise of one card or UPI debit, which the customer then approves
    "same_customer": ("contact_and_email", "contact_or_email"),  # what makes a customer an existing one
    "portal_silent": ("last_answer", "refuse"),  # a call about which the portal says nothing
}


def nobody_listens() -> None:
    """Stand in until the scheduler runs."""


@dataclass
class World:
    options: Options
    store: Store
    clock: Clock
    ids: Ids
    public_url: str = ""
    smtp_port: int = 0
    moving_to: float | None = None  # where the clock is on its way to, step by step
    arrivals: dict[str, int] = field(default_factory=dict)  # calls people made during that move, by account
    einvoice_key: Any = None  # the e-invoice portal's, once it was needed; see einvoice/signing.py
    era: int = 0  # counts resets: what began before one must not write after it
    wake: Callable[[], None] = field(default=nobody_listens)  # tell the scheduler that something may be due

    def switches(self) -> Doc:
        """Return the account's switches, the set ones over the defaults."""
        return {name: values[0] for name, values in SWITCHES.items()} | self.store.meta("switches", {})

    def switch(self, name: str) -> Any:
        return self.switches()[name]

    def soon(self) -> None:
        """Wake the scheduler once the unit at hand is committed."""
        self.store.after_commit(self.wake)


def open_world(options: Options) -> World:
    """Open the state, or begin one."""
    store = Store(options.state)
    world = World(options, store, Clock(store), Ids(store, store.meta("seed", options.seed)))
    world.public_url = options.public_url
    return world
