"""Virtual accounts of the gateway in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from payments.gateways import GatewayPayment, Refused, State
from payments.gateways.virtual_accounts import MadeAccount, Transfer
from tests import build


@dataclass
class BankAccounts:
    """Accounts by id, payments that arrived there, and the transfer that each is."""

    accounts: dict[str, MadeAccount] = field(default_factory=dict)
    payments: dict[str, GatewayPayment] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)

    def arrives(
        self, at: str, rupees: str, utr: str, *, payer: str = "ASHA RAO", **fields: object
    ) -> GatewayPayment:
        """Money arrives at an account."""
        values: dict = {
            "payment_id": build.gateway_id("pay"), "order_id": "", "amount": build.paise(rupees), "currency": "INR",
            "state": State.CAPTURED, "method": "bank_transfer", "instrument": "", "reason": "",
            "created_at": build.NOW, "was_captured": True,
        }  # fmt: skip
        report = GatewayPayment(**(values | fields))
        self.payments[report.payment_id] = report
        self.transfers[report.payment_id] = Transfer(at, utr, "NEFT", payer)
        return report


class FakeVirtualAccounts:
    """The calls of virtual accounts over that world."""

    def make_account(self, ban: str, name: str) -> MadeAccount:
        self._feel("account")  # type: ignore[attr-defined]
        made = MadeAccount(
            build.gateway_id("va"), ban, "2299001122334455", "EXBK0VAPORT", "Example Bank", "Kaveri", True
        )
        self._banks().accounts[made.account_id] = made
        self._feel("account-after")  # type: ignore[attr-defined]
        return made

    def find_account(self, ban: str, since: datetime) -> MadeAccount | None:
        self._feel("find-account")  # type: ignore[attr-defined]
        return next(
            (one for one in self._banks().accounts.values() if one.ban == ban and one.is_active), None
        )

    def virtual_account(self, account_id: str) -> MadeAccount:
        if account_id not in self._banks().accounts:
            raise Refused("400: The id provided does not exist", unknown_id=True)
        return self._banks().accounts[account_id]

    def transfer_of(self, report: GatewayPayment) -> Transfer | None:
        return self._banks().transfers.get(report.payment_id)

    def _banks(self) -> BankAccounts:
        return self.world.banks  # type: ignore[attr-defined]


def closed(banks: BankAccounts, account_id: str) -> None:
    banks.accounts[account_id] = replace(banks.accounts[account_id], is_active=False)
