"""Test instruments: what each card number, UPI ID, bank and amount does. Nothing here is real."""

from dataclasses import dataclass

from sandbox.reasons import BAD, GATEWAY


@dataclass(frozen=True)
class Card:
    network: str
    issuer: str = "HDFC"
    type: str = "debit"
    sub_type: str = "consumer"
    international: bool = False
    reason: str = "card_declined"  # why it fails when Failure is chosen at the bank


# fmt: off
CARDS = {
    "4100280000001007": Card("Visa"),
    "5500670000001002": Card("MasterCard"),
    "5555510000081006": Card("MasterCard", sub_type="business", type="credit"),
    "5180287200091001": Card("MasterCard", type="prepaid"),
    "6527658900001005": Card("RuPay"),
    "36082800091007":   Card("Diners Club", type="credit"),
    "340256000401007":  Card("American Express", type="credit", issuer="AMEX"),
    "5555555555554444": Card("MasterCard", type="credit", international=True),
    "5105105105105100": Card("MasterCard", type="credit", international=True),
    "5104060000000008": Card("MasterCard", type="credit", international=True),
    "4012888888881881": Card("Visa", type="credit", international=True),
    "4718609108204366": Card("Visa", type="credit"),
    "5104015555555558": Card("MasterCard", type="credit"),
    "4100280000090000": Card("Visa",       reason="payment_timed_out"),
    "5305620000060000": Card("MasterCard", reason="payment_timed_out"),
    "4100280000080001": Card("Visa",       reason="insufficient_funds"),
    "5305620000050001": Card("MasterCard", reason="insufficient_funds"),
    "4100280000070002": Card("Visa",       reason="payment_cancelled"),
    "5305620000040002": Card("MasterCard", reason="payment_cancelled"),
    "4100280000060003": Card("Visa",       reason="card_declined"),
    "4100280000050004": Card("Visa",       reason="card_declined"),
    "4100280000040005": Card("Visa",       reason="card_declined"),
    "5305620000030003": Card("MasterCard", reason="card_declined"),
    "5305620000020004": Card("MasterCard", reason="card_declined"),
    "5305620000010005": Card("MasterCard", reason="card_declined"),
    "4100280000030006": Card("Visa",       reason="card_disabled_for_online_payments"),
    "5305620000000006": Card("MasterCard", reason="card_disabled_for_online_payments"),
    "4100280000020007": Card("Visa",       reason="gateway_technical_error"),
    "5305620000090007": Card("MasterCard", reason="gateway_technical_error"),
    "4100280000010008": Card("Visa",       reason="card_number_invalid"),
    "5305620000080008": Card("MasterCard", reason="card_number_invalid"),
    "4100280000000009": Card("Visa",       reason="authentication_failed"),
    "5305620000070009": Card("MasterCard", reason="authentication_failed"),
}

UPI_AMOUNTS = {  # paise: (code, reason)
    201: (GATEWAY, "insufficient_funds"),
    402: (GATEWAY, "payment_declined"),
    204: (BAD,     "incorrect_pin"),
    302: (BAD,     "payment_cancelled"),
}

BANKS = {
    "HDFC": "HDFC Bank",
    "SBIN": "State Bank of India",
    "ICIC": "ICICI Bank",
    "UTIB": "Axis Bank",
    "KKBK": "Kotak Mahindra Bank",
    "YESB": "Yes Bank",
}

WALLETS = {
    "airtelmoney": "Airtel Money",
    "mobikwik": "MobiKwik",
    "olamoney": "Ola Money",
    "jiomoney": "JioMoney",
}
# fmt: on

DEFAULTS = {
    "card": "4100280000001007",
    "upi": "success@razorpay",
    "netbanking": "HDFC",
    "wallet": "airtelmoney",
}
BANK_METHODS = ("emandate", "nach")  # mandates on a bank account; the ends of account numbers decide
REJECTED_ENDING, EMPTY_ENDING, ONCE_ENDING = (
    "0001",
    "0002",
    "0003",
)  # rejected; no money ever; cancelled after a debit
ALWAYS_SUCCEEDS, ALWAYS_FAILS = "success@razorpay", "failure@razorpay"


def failure_of(method: str, instrument: str, amount: int) -> tuple[str | None, str]:
    """Return (error code or None for the reason's own, reason) of an instrument that is told to fail."""
    if method == "upi" and amount in UPI_AMOUNTS:
        return UPI_AMOUNTS[amount]
    if method == "card" and instrument in CARDS:
        return None, CARDS[instrument].reason
    return None, "payment_failed"


def must_fail(method: str, instrument: str, amount: int) -> bool:
    """Say whether the instrument or the amount fails by itself, whatever the person chooses."""
    return method == "upi" and (instrument == ALWAYS_FAILS or amount in UPI_AMOUNTS)


def otp_is_good(otp: str) -> bool:
    return otp.isdecimal() and 4 <= len(otp) <= 10
