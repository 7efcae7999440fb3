"""What the gateway keeps: a base fee and 18 % GST on it, both rounded half up to the paisa."""

CAPTURE_PER_CENT = 2  # card, net banking, wallet, UPI
GST_PER_CENT = 18


def fee_and_tax(amount: int) -> tuple[int, int]:
    """Return (fee including GST, GST inside it) in paise: ₹500.00 costs 1180, of which 180."""
    base = per_cent(amount, CAPTURE_PER_CENT)
    tax = per_cent(base, GST_PER_CENT)
    return base + tax, tax


def per_cent(amount: int, rate: int) -> int:
    return (amount * rate + 50) // 100
