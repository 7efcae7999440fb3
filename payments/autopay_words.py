"""Auto-pay in plain words: why there was no debit, and why one failed. Pure."""

from payments import policy
from payments.autopay_policy import Why

# fmt: off
WORDS = {
    Why.NEEDS_CONFIRMATION: "Above ₹15,000 the bank wants your own confirmation of each payment.",
    Why.ABOVE_CEILING:      "It is more than the most that you allow a debit to take.",
    Why.DAILY_CAP:          "It is more than your daily cap leaves.",
    Why.MONTHLY_CAP:        "It is more than your monthly cap leaves.",
    Why.TOO_LATE:           "Your bank would answer only after the next overdue step: please pay it yourself.",
    Why.MANDATE_ENDS:       "The mandate ends before a debit could be taken.",
    "paid":                 "It was paid another way.",
    "paused":               "Auto-pay was paused.",
    "unwanted":             "Topping up by itself was switched off.",
    "ended":                "The mandate was over.",
    "closed":               "The account is closed.",
    "postponed":            "It was moved to another day, with a new notice.",
    "mandate_paused":       "Auto-pay is paused at your bank or in your UPI app.",
    "mandate_cancelled":    "The mandate was cancelled at your bank or in your UPI app.",
    "mandate_expired":      "The mandate has run out.",
    "mandate_not_active":   "The mandate is not active at your bank.",
    "payment_mandate_not_active": "The mandate is not active at your bank.",
    "invalid_token":        "The mandate is not known at your bank any more.",
    "pre_debit_notification_failed": "Your bank could not announce the debit to you.",
}
# fmt: on


def why(reason: str) -> str:
    """Return the sentence for a reason of ours or of the gateway."""
    return WORDS.get(reason) or policy.in_plain_words(reason)
