"""What each model of accounts is, and what becomes of it when an account is deleted."""

from billing_portal.retention import Keep, Rule, personal

# fmt: off
MODELS = {
    "User":         personal(Keep.OPERATIONAL, "email", "name", "password"),
    "Customer":     personal(Keep.OPERATIONAL, "name"),
    "Account":      personal(Keep.STATUTORY, "name", "billing_name", "address", "city", "pin", "pan"),
    "Member":       Rule(Keep.PERSONAL),
    "Contact":      Rule(Keep.PERSONAL),
    "Invitation":   Rule(Keep.PERSONAL),
    "ApiKey":       Rule(Keep.SERVICE),
    "Approval":     Rule(Keep.STATUTORY),
    "AuditEvent":   Rule(Keep.STATUTORY),  # the books' edit log
    "BooksCheck":   Rule(Keep.OPERATIONAL),
    "JobRun":       Rule(Keep.OPERATIONAL),
    "JobPause":     Rule(Keep.OPERATIONAL),
    "KnownDevice":  Rule(Keep.PERSONAL),
    "DemoClock":    Rule(Keep.OPERATIONAL),
    "DemoMove":     Rule(Keep.OPERATIONAL),
    "Entry":        Rule(Keep.STATUTORY),
    "House":        Rule(Keep.STATUTORY),
    "Line":         Rule(Keep.STATUTORY),
    "Balance":      Rule(Keep.STATUTORY),
    "Notice":       personal(Keep.STATUTORY, "recipient", "context", "attachments", "subject", "text", "error"),
    "SmsReport":    Rule(Keep.OPERATIONAL),
    "Conversation": Rule(Keep.PERSONAL),
    "Message":      Rule(Keep.PERSONAL),
    "Reading":      Rule(Keep.PERSONAL),
    "Restriction":  personal(Keep.STATUTORY, "note"),
    "ServiceOrder": Rule(Keep.OPERATIONAL),
}
# fmt: on
