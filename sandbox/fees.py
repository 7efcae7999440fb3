"""What the gateway keeps: a base fee and 18 % GST on it, both rounded half up to the paisa. Amounts are paise."""

CAPTURE_RATE = 200  # of 10,000: card, net banking, wallet, UPI
TRANSFER_RATE, TRANSFER_LEAST, TRANSFER_MOST = 50, 5_00, 50_00  # by bank transfer: 0.5 %, within these
MANDATE_DEBIT = 5_00  # by e-mandate or paper mandate, whatever the amount
INSTANT_REFUND = 5_00
GST_PER_CENT = 18


def fee_and_tax(amount: int, method: str = "card") -> tuple[int, int]:
    """Return (fee including GST, GST inside it): ₹500.00 by card costs 1180, of which 180; nothing costs nothing."""
    return _with_gst(_base(amount, method)) if amount else (0, 0)


def _base(amount: int, method: str) -> int:
    if method == "bank_transfer":
        return min(max(_share(amount, TRANSFER_RATE, 10_000), TRANSFER_LEAST), TRANSFER_MOST)
    if method in ("emandate", "nach"):
        return MANDATE_DEBIT
    return _share(amount, CAPTURE_RATE, 10_000)


def refund_fee(speed_processed: str) -> tuple[int, int]:
    """Return (fee including GST, GST inside it) of a refund: only an instant one costs something."""
    return _with_gst(INSTANT_REFUND) if speed_processed == "instant" else (0, 0)


def _with_gst(base: int) -> tuple[int, int]:
    tax = _share(base, GST_PER_CENT, 100)
    return base + tax, tax


def _share(amount: int, part: int, whole: int) -> int:
    return (2 * amount * part + whole) // (2 * whole)
