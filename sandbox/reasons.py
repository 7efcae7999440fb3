"""Why a payment failed: one row a reason, as the gateway's error fields print it.

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
REASONS = {
    # the customer stopped
    "payment_cancelled":             Reason(BAD,     "customer",    AUTHENTICATION, "Payment was cancelled by the customer."),
    "payment_timed_out":             Reason(BAD,     "customer",    AUTHENTICATION, "Payment was unsuccessful as you could not complete it in time."),
    "payment_session_expired":       Reason(BAD,     "customer",    AUTHENTICATION, "Payment session has expired."),
    "payment_collect_request_expired": Reason(BAD,   "customer",    AUTHENTICATION, "The collect request has expired."),
    # the customer must fix
    "incorrect_otp":                 Reason(BAD,     "customer",    AUTHENTICATION, "You have entered an incorrect OTP."),
    "incorrect_cvv":                 Reason(BAD,     "customer",    AUTHORIZATION,  "You have entered an incorrect CVV."),
    "incorrect_pin":                 Reason(BAD,     "customer",    AUTHENTICATION, "You have entered an incorrect UPI PIN."),
    "incorrect_atm_pin":             Reason(BAD,     "customer",    AUTHENTICATION, "You have entered an incorrect ATM PIN."),
    "incorrect_card_details":        Reason(BAD,     "customer",    INITIATION,     "The card details are incorrect."),
    "incorrect_card_expiry_date":    Reason(BAD,     "customer",    INITIATION,     "The card's expiry date is incorrect."),
    "authentication_failed":         Reason(BAD,     "customer",    AUTHENTICATION, "Authentication with the bank failed."),
    "otp_expired":                   Reason(BAD,     "customer",    AUTHENTICATION, "The OTP has expired."),
    "otp_attempts_exceeded":         Reason(BAD,     "customer",    AUTHENTICATION, "Too many wrong OTPs."),
    "pin_attempts_exceeded":         Reason(BAD,     "customer",    AUTHENTICATION, "Too many wrong PINs."),
    "invalid_vpa":                   Reason(BAD,     "customer",    INITIATION,     "The UPI ID is not valid."),
    "vpa_resolution_failed":         Reason(BAD,     "customer",    INITIATION,     "The UPI ID could not be found."),
    "user_not_registered_for_netbanking": Reason(BAD, "customer",   AUTHENTICATION, "The account is not registered for net banking."),
    "card_not_enrolled":             Reason(BAD,     "customer",    "card_enrollment_check", "The card is not enrolled for online payments."),
    "card_disabled_for_online_payments": Reason(BAD, "issuer_bank", AUTHORIZATION,  "The card is disabled for online payments."),
    "pin_not_set":                   Reason(BAD,     "customer",    AUTHENTICATION, "No PIN has been set."),
    # no money, limits
    "insufficient_funds":            Reason(BAD,     "customer",    AUTHORIZATION,  "Your payment could not be completed due to insufficient account balance."),
    "insufficient_fund":             Reason(BAD,     "customer",    AUTHORIZATION,  "Your payment could not be completed due to insufficient account balance."),
    "transaction_limit_exceeded":    Reason(BAD,     "customer",    AUTHORIZATION,  "The amount is above the transaction limit."),
    "transaction_daily_limit_exceeded": Reason(BAD,  "customer",    AUTHORIZATION,  "The day's limit has been reached."),
    "transaction_frequency_limit_exceeded": Reason(BAD, "customer", AUTHORIZATION,  "Too many transactions in this period."),
    "credit_limit_exceeded":         Reason(BAD,     "customer",    AUTHORIZATION,  "The card's credit limit is exceeded."),
    # the instrument is dead
    "card_expired":                  Reason(BAD,     "customer",    AUTHORIZATION,  "The card has expired."),
    "card_number_invalid":           Reason(BAD,     "customer",    INITIATION,     "The card number is not valid."),
    "debit_instrument_blocked":      Reason(BAD,     "issuer_bank", AUTHORIZATION,  "The card or account is blocked."),
    "debit_instrument_inactive":     Reason(BAD,     "issuer_bank", AUTHORIZATION,  "The card or account is inactive."),
    "bank_account_invalid":          Reason(BAD,     "customer",    AUTHORIZATION,  "The bank account is not valid."),
    "user_not_eligible":             Reason(BAD,     "customer",    AUTHORIZATION,  "This customer cannot use this method."),
    # declined
    "card_declined":                 Reason(BAD,     "issuer_bank", AUTHORIZATION,  "Your payment was declined by the card's bank."),
    "payment_declined":              Reason(GATEWAY, "issuer_bank", AUTHORIZATION,  "Your payment was declined by the bank."),
    "payment_risk_check_failed":     Reason(BAD,     "internal",    INITIATION,     "The payment was stopped by a risk check."),
    "debit_declined":                Reason(BAD,     "issuer_bank", AUTHORIZATION,  "The debit was declined by the bank."),
    "payment_failed":                Reason(BAD,     "gateway",     AUTHORIZATION,  "Payment failed."),
    "authorisation_declined_by_psp": Reason(BAD,     "customer_psp", AUTHORIZATION, "The UPI app declined the payment."),
    # infrastructure
    "gateway_technical_error":       Reason(GATEWAY, "gateway",     AUTHORIZATION,  "Your payment failed due to a temporary technical error."),
    "bank_technical_error":          Reason(GATEWAY, "bank",        AUTHORIZATION,  "The bank had a technical error."),
    "issuer_technical_error":        Reason(GATEWAY, "issuer",      AUTHORIZATION,  "The issuer had a technical error."),
    "bank_not_available":            Reason(GATEWAY, "bank",        AUTHORIZATION,  "The bank is not available."),
    "bank_cutoff_in_progress":       Reason(GATEWAY, "bank",        AUTHORIZATION,  "The bank is closing its day."),
    "upi_app_technical_error":       Reason(GATEWAY, "customer_psp", AUTHORIZATION, "The UPI app had a technical error."),
    "psp_not_available":             Reason(GATEWAY, "customer_psp", AUTHORIZATION, "The UPI app's bank is not available."),
    "request_timed_out":             Reason(GATEWAY, "bank",        AUTHORIZATION,  "The bank did not answer in time."),
    "server_error":                  Reason(SERVER,  "internal",    INITIATION,     "We are facing some trouble completing your request."),
    "payment_declined_due_to_high_traffic": Reason(GATEWAY, "bank", AUTHORIZATION,  "The bank has too much traffic."),
    # the merchant's fault
    "input_validation_failed":       Reason(BAD,     "business",    INITIATION,     "The payment request is not valid."),
    "invalid_order_id":              Reason(BAD,     "business",    INITIATION,     "The order is not valid."),
    "order_already_paid":            Reason(BAD,     "business",    INITIATION,     "Your payment has been declined as the order is already paid."),
    "order_amount_mismatch":         Reason(BAD,     "business",    INITIATION,     "The amount is not the order's amount."),
    "order_payment_method_mismatch": Reason(BAD,     "business",    INITIATION,     "The method is not the order's method."),
    "payment_amount_tampered":       Reason(BAD,     "business",    INITIATION,     "The amount was changed on the way."),
    "payment_method_not_enabled":    Reason(BAD,     "business",    INITIATION,     "This method is not enabled."),
    "international_transaction_not_allowed": Reason(BAD, "business", INITIATION,    "International cards are not allowed."),
    "recurring_payment_not_enabled": Reason(BAD,     "business",    INITIATION,     "Recurring payments are not enabled."),
    "duplicate_request":             Reason(BAD,     "business",    INITIATION,     "The request was sent twice."),
    "merchant_not_activated":        Reason(BAD,     "business",    INITIATION,     "The merchant is not activated."),
    "live_mode_not_enabled":         Reason(BAD,     "business",    INITIATION,     "Live mode is not enabled."),
}
# fmt: on


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
