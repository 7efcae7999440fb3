"""What each model of credit is, and what becomes of it when an account is deleted."""

from billing_portal.retention import Keep, Rule, personal

# fmt: off
MODELS = {
    "AlertState":     Rule(Keep.SERVICE),
    "Hold":           Rule(Keep.SERVICE),
    "CreditLimit":    Rule(Keep.STATUTORY),
    "LimitChange":    Rule(Keep.STATUTORY),
    "TemporaryLimit": personal(Keep.STATUTORY, "reason"),
    "PolicyVersion":  Rule(Keep.OPERATIONAL),
    "OverdueCase":    Rule(Keep.STATUTORY),
    "StepTaken":      Rule(Keep.STATUTORY),
    "Extension":      personal(Keep.STATUTORY, "reason"),
    "OutageCredit":   Rule(Keep.OPERATIONAL),
    "Restoration":    Rule(Keep.STATUTORY),
    "Archive":        Rule(Keep.STATUTORY),
    "ArchivePart":    Rule(Keep.STATUTORY),
    "Deletion":       Rule(Keep.STATUTORY),
}
# fmt: on
