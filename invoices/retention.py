"""What each model of invoices is, and what becomes of it when an account is deleted."""

from billing_portal.retention import Keep, Rule, personal

# fmt: off
MODELS = {
    "Document":       Rule(Keep.STATUTORY),
    "DocumentLine":   Rule(Keep.STATUTORY),
    "DocumentFile":   Rule(Keep.STATUTORY),
    "EInvoice":       Rule(Keep.STATUTORY),  # IRN answers are kept like the documents (CGST s. 36)
    "NumberSeries":   Rule(Keep.STATUTORY),
    "Export":         Rule(Keep.SERVICE),
    "ProblemReport":  personal(Keep.STATUTORY, "text", "answer"),
    "Feature":        Rule(Keep.OPERATIONAL),
    "Plan":           Rule(Keep.OPERATIONAL),
    "PlanVersion":    Rule(Keep.OPERATIONAL),
    "PlanPrice":      Rule(Keep.OPERATIONAL),
    "Subscription":   Rule(Keep.STATUTORY),
    "Cycle":          Rule(Keep.STATUTORY),
    "CyclePrice":     Rule(Keep.STATUTORY),
    "AddOn":          Rule(Keep.STATUTORY),
    "OneTimeCharge":  Rule(Keep.STATUTORY),
    "Discount":       Rule(Keep.STATUTORY),
    "Allocation":     Rule(Keep.STATUTORY),
    "AllocationReversal": Rule(Keep.STATUTORY),
    "WriteOff":       Rule(Keep.STATUTORY),
    "VoucherBalance": Rule(Keep.STATUTORY),
    "VoucherUse":     Rule(Keep.STATUTORY),
    "CreditBalance":  Rule(Keep.STATUTORY),
    "UsageKey":       Rule(Keep.OPERATIONAL),  # the platform's ids alone
    "UsageRecord":    Rule(Keep.RECORDS),
    "UsageCounter":   Rule(Keep.STATUTORY),  # what a bill is made of: no numbers of people
    "UsageDay":       Rule(Keep.SERVICE),
}
# fmt: on
