"""What each model of payments is, and what becomes of it when an account is deleted."""

from billing_portal.retention import Keep, personal

# fmt: off
MODELS = {
    "Payment":      personal(Keep.STATUTORY, "instrument"),
    "WebhookEvent": personal(Keep.STATUTORY, "body"),
    "ParkedReport": personal(Keep.STATUTORY, "detail"),
}
# fmt: on
