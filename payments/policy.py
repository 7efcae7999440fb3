"""When to look at an undecided payment again, and what a failure means in plain words. Pure.

Schedule: 1, 3, 10 minutes after the start, then hourly to five days (invariants § 5 row 15). Reasons:
the gateway's table of failure reasons, grouped by what to tell the customer.
"""

from datetime import datetime, timedelta

FIRST_LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 10))
THEN_EVERY = timedelta(hours=1)
GIVE_UP = timedelta(days=5)
DISPUTE_REMINDERS = (1, 3, 7)  # days before the last day to answer a dispute, the nearest first
FINAL_FAILURE = timedelta(minutes=10)  # a failed attempt may be followed by a good one until then

# fmt: off
REASONS = (
    ("The payment was cancelled before it was finished.",
     "payment_cancelled"),
    ("There was no answer in time. If money has left your account, it comes to us or back to you by itself.",
     "payment_timed_out payment_session_expired payment_collect_request_expired"),
    ("A detail was not accepted (OTP, PIN, CVV, expiry or UPI id). Please check it and try again.",
     "incorrect_otp incorrect_cvv incorrect_pin incorrect_atm_pin incorrect_card_details incorrect_card_expiry_date "
     "authentication_failed otp_expired otp_attempts_exceeded pin_attempts_exceeded invalid_vpa vpa_resolution_failed "
     "user_not_registered_for_netbanking card_not_enrolled card_disabled_for_online_payments pin_not_set"),
    ("The bank reports too little money, or a limit that was reached.",
     "insufficient_funds insufficient_fund transaction_limit_exceeded transaction_daily_limit_exceeded "
     "transaction_frequency_limit_exceeded credit_limit_exceeded"),
    ("This card or bank account cannot be used. Please take another one.",
     "card_expired card_number_invalid debit_instrument_blocked debit_instrument_inactive bank_account_invalid "
     "user_not_eligible"),
    ("The bank had a technical problem. Please try again later or another way.",
     "gateway_technical_error bank_technical_error issuer_technical_error bank_not_available bank_cutoff_in_progress "
     "upi_app_technical_error psp_not_available request_timed_out server_error payment_declined_due_to_high_traffic"),
    ("This was our mistake, not yours. We have been told; please try another way.",
     "input_validation_failed invalid_order_id order_already_paid order_amount_mismatch "
     "order_payment_method_mismatch payment_amount_tampered payment_method_not_enabled "
     "international_transaction_not_allowed duplicate_request merchant_not_activated live_mode_not_enabled"),
    ("The payment was not finished.", "abandoned"),
    ("The payment was not completed in time. What your bank had set aside for it is yours again.", "given_back"),
    ("Nothing was charged to approve auto-pay.", "upi_dummy_payment"),
    ("Another amount than this one came. We have credited it as a payment of its own.", "credited_elsewhere"),
)
METHODS = {  # the gateway's words and ours
    "card": "Card", "upi": "UPI", "netbanking": "Net banking", "wallet": "Wallet", "emandate": "e-NACH",
    "nach": "NACH", "bank_transfer": "Bank transfer", "cheque": "Cheque",
}
# fmt: on
GIVEN_BACK = "given_back"  # ours: authorised, never captured, and gone back to the customer by itself
ELSEWHERE = "credited_elsewhere"  # ours, like "abandoned": the money stands in the books under another number
DECLINED = "The bank declined the payment. Please try another card, account or method."
_SENTENCE = {reason: sentence for sentence, reasons in REASONS for reason in reasons.split()}


def next_look(since: datetime, now: datetime) -> datetime | None:
    """Return when to ask the gateway again, or None when five days have passed since its page was opened."""
    for after in FIRST_LOOKS:
        if now < since + after:
            return since + after
    last = since + GIVE_UP
    return min(now + THEN_EVERY, last) if now < last else None


def dispute_reminder(days_left: int) -> int | None:
    """Return which reminder is due with so many days left to answer: the nearest that is reached, or None."""
    return next((days for days in DISPUTE_REMINDERS if 0 <= days_left <= days), None)


def in_plain_words(reason: str) -> str:
    """Return the sentence for a failure; a reason we do not know counts as declined."""
    return _SENTENCE.get(reason, DECLINED)
