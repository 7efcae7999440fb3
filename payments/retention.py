"""What each model of payments is, and what becomes of it when an account is deleted."""

from billing_portal.retention import Keep, Rule, personal

# fmt: off
MODELS = {
    "Payment":      personal(Keep.STATUTORY, "instrument"),
    "ApiOrder":     Rule(Keep.STATUTORY),  # who began a payment: a program, by its key's beginning
    "WebhookEvent": personal(Keep.STATUTORY, "body"),
    "GatewayCustomer": Rule(Keep.STATUTORY),
    "Mandate":      personal(Keep.STATUTORY, "instrument", "consent_address"),
    "AutoPaySettings": Rule(Keep.STATUTORY),
    "Debit":        Rule(Keep.STATUTORY),
    "ParkedReport": personal(Keep.STATUTORY, "detail"),
    "GatewayRecord":   Rule(Keep.STATUTORY),  # ids and amounts, no person
    "Settlement":      Rule(Keep.STATUTORY),
    "SettlementLine":  Rule(Keep.STATUTORY),
    "Difference":      Rule(Keep.STATUTORY),
    "DifferenceEvent": Rule(Keep.STATUTORY),
    "DayClose":        Rule(Keep.STATUTORY),
    "Dispute":         personal(Keep.STATUTORY, "note"),
    "Downtime":        Rule(Keep.OPERATIONAL),
    "StatementFormat": Rule(Keep.OPERATIONAL),
    "BankImport":   Rule(Keep.STATUTORY),
    "ImportRow":    Rule(Keep.STATUTORY),
    "BankLine":     personal(Keep.STATUTORY, "payer", "narration"),
    "BankUse":      Rule(Keep.STATUTORY),
    "Utr":          Rule(Keep.STATUTORY),
    "Claim":        personal(Keep.STATUTORY, "bank"),
    "Cheque":       Rule(Keep.STATUTORY),
    "TaxDeducted":  Rule(Keep.STATUTORY),
    "Refund":       Rule(Keep.STATUTORY),
    "VirtualAccount": Rule(Keep.STATUTORY),
}
# fmt: on
