"""Why a payment failed: grouped by code, source and step, as the gateway's error fields print it.

BAD = BAD_REQUEST_ERROR, GATEWAY = GATEWAY_ERROR, SERVER = SERVER_ERROR. A reason that is not in the table
is still accepted (the gateway invents new ones) and reads as a declined payment.
"""

from dataclasses import dataclass

BAD, GATEWAY, SERVER = "BAD_REQUEST_ERROR", "GATEWAY_ERROR", "SERVER_ERROR"
INITIATION, AUTHENTICATION, AUTHORIZATION = (
    "payment_initiation",
    "payment_authentication",
    "payment_authorization",
)


@dataclass(frozen=True)
class Reason:
    code: str
    source: str
    step: str
    description: str


# fmt: off
# code, source, step: {reason: description}
FAILURES = (
    (BAD, "customer", AUTHENTICATION, {
        "payment_cancelled": "Payment was cancelled by the customer.",
        "payment_timed_out": "Payment was unsuccessful as you could not complete it in time.",
        "payment_session_expired": "Payment session has expired.",
        "payment_collect_request_expired": "The collect request has expired.",
        "incorrect_otp": "You have entered an incorrect OTP.",
        "incorrect_pin": "You have entered an incorrect UPI PIN.",
        "incorrect_atm_pin": "You have entered an incorrect ATM PIN.",
        "authentication_failed": "Authentication with the bank failed.",
        "otp_expired": "The OTP has expired.",
        "otp_attempts_exceeded": "Too many wrong OTPs.",
        "pin_attempts_exceeded": "Too many wrong PINs.",
        "user_not_registered_for_netbanking": "The account is not registered for net banking.",
        "pin_not_set": "No PIN has been set.",
    }),
    (BAD, "customer", AUTHORIZATION, {
        "incorrect_cvv": "You have entered an incorrect CVV.",
        "insufficient_funds": "Your payment could not be completed due to insufficient account balance.",
        "insufficient_fund": "Your payment could not be completed due to insufficient account balance.",
        "transaction_limit_exceeded": "The amount is above the transaction limit.",
        "transaction_daily_limit_exceeded": "The day's limit has been reached.",
        "transaction_frequency_limit_exceeded": "Too many transactions in this period.",
        "credit_limit_exceeded": "The card's credit limit is exceeded.",
        "card_expired": "The card has expired.",
        "bank_account_invalid": "The bank account is not valid.",
        "user_not_eligible": "This customer cannot use this method.",
    }),
    (BAD, "customer", "payment_debit_request", {
        "mandate_paused": "The customer has paused the mandate.",
        "mandate_cancelled": "The customer has cancelled the mandate.",
        "mandate_expired": "The mandate has expired.",
        "mandate_not_active": "The mandate is not active.",
        "payment_mandate_not_active": "The mandate of the payment is not active.",
        "payer_account_has_changed": "The customer's account has changed.",
        "incorrect_ifsc": "The IFSC is not correct.",
        "joint_account_not_allowed": "A joint account is not allowed.",
        "payment_pending_approval": "The payment waits for another account holder.",
        "already_declined": "The customer has declined the mandate within the last 24 hours.",
    }),
    (BAD, "business", "payment_debit_request", {
        "invalid_token": "The token is not valid.",
        "invalid_amount": "The amount is not valid.",
        "mandate_current_cycle_allowed_debit_exceeds": "The mandate allows one debit in its cycle.",
        "execution_day_rule_mismatch": "The mandate does not allow a debit on this day.",
        "amount_does_not_match_mandate_amount": "The amount is not the mandate's amount.",
        "pre_debit_notification_not_sent": "The customer was not told of the debit.",
    }),
    (GATEWAY, "bank", "payment_debit_request", {
        "pre_debit_notification_failed": "The customer could not be told of the debit.",
    }),
    (BAD, "customer", INITIATION, {
        "incorrect_card_details": "The card details are incorrect.",
        "incorrect_card_expiry_date": "The card's expiry date is incorrect.",
        "invalid_vpa": "The UPI ID is not valid.",
        "vpa_resolution_failed": "The UPI ID could not be found.",
        "card_number_invalid": "The card number is not valid.",
    }),
    (BAD, "customer", "card_enrollment_check", {
        "card_not_enrolled": "The card is not enrolled for online payments.",
    }),
    (BAD, "issuer_bank", AUTHORIZATION, {
        "card_disabled_for_online_payments": "The card is disabled for online payments.",
        "debit_instrument_blocked": "The card or account is blocked.",
        "debit_instrument_inactive": "The card or account is inactive.",
        "card_declined": "Your payment was declined by the card's bank.",
        "debit_declined": "The debit was declined by the bank.",
    }),
    (GATEWAY, "issuer_bank", AUTHORIZATION, {
        "payment_declined": "Your payment was declined by the bank.",
    }),
    (BAD, "internal", INITIATION, {
        "payment_risk_check_failed": "The payment was stopped by a risk check.",
    }),
    (BAD, "gateway", AUTHORIZATION, {
        "payment_failed": "Payment failed.",
        "upi_dummy_payment": "The payment only carried the mandate.",
    }),
    (BAD, "customer_psp", AUTHORIZATION, {
        "authorisation_declined_by_psp": "The UPI app declined the payment.",
    }),
    (GATEWAY, "gateway", AUTHORIZATION, {
        "gateway_technical_error": "Your payment failed due to a temporary technical error.",
    }),
    (GATEWAY, "bank", AUTHORIZATION, {
        "bank_technical_error": "The bank had a technical error.",
        "bank_not_available": "The bank is not available.",
        "bank_cutoff_in_progress": "The bank is closing its day.",
        "request_timed_out": "The bank did not answer in time.",
        "payment_declined_due_to_high_traffic": "The bank has too much traffic.",
    }),
    (GATEWAY, "issuer", AUTHORIZATION, {
        "issuer_technical_error": "The issuer had a technical error.",
    }),
    (GATEWAY, "customer_psp", AUTHORIZATION, {
        "upi_app_technical_error": "The UPI app had a technical error.",
        "psp_not_available": "The UPI app's bank is not available.",
    }),
    (SERVER, "internal", INITIATION, {
        "server_error": "We are facing some trouble completing your request.",
    }),
    (BAD, "business", INITIATION, {
        "input_validation_failed": "The payment request is not valid.",
        "invalid_order_id": "The order is not valid.",
        "order_already_paid": "Your payment has been declined as the order is already paid.",
        "order_amount_mismatch": "The amount is not the order's amount.",
        "order_payment_method_mismatch": "The method is not the order's method.",
        "payment_amount_tampered": "The amount was changed on the way.",
        "payment_method_not_enabled": "This method is not enabled.",
        "international_transaction_not_allowed": "International cards are not allowed.",
        "recurring_payment_not_enabled": "Recurring payments are not enabled.",
        "duplicate_request": "The request was sent twice.",
        "merchant_not_activated": "The merchant is not activated.",
        "live_mode_not_enabled": "Live mode is not enabled.",
    }),
)
# fmt: on
REASONS = {
    name: Reason(code, source, step, description)
    for code, source, step, said in FAILURES
    for name, description in said.items()
}


def error_fields(name: str, *, code: str | None = None) -> dict[str, str]:
    """Return a failed payment's five `error_*` fields; `code` overrides the table's."""
    reason = REASONS.get(name, Reason(BAD, "gateway", AUTHORIZATION, "Payment failed."))
    return {
        "error_code": code or reason.code,
        "error_description": reason.description,
        "error_source": reason.source,
        "error_step": reason.step,
        "error_reason": name,
    }
