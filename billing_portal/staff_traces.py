"""Where the audit chain speaks of a row: the words it uses for each kind of row, as a filter of its list."""

from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

READ = "accounts.view_auditevent"

# fmt: off
SUBJECTS = {  # what the chain calls a row; of a kind that stands not here it has the account's events
    "accounts.apikey":            "api-key:{0.prefix}",
    "accounts.approval":          "approval:{0.pk}",
    "accounts.conversation":      "conversation:{0.pk}",
    "accounts.jobpause":          "job:{0.job}",
    "accounts.notice":            "notice:{0.pk}",
    "credit.outagecredit":        "outage:{0.pk}",
    "credit.overduecase":         "case:{0.pk}",
    "credit.policyversion":       "policy:{0.number}",
    "invoices.document":          "document:{0.number}",
    "invoices.documentfile":      "document:{0.document.number}",
    "invoices.einvoice":          "document:{0.document.number}",
    "invoices.export":            "export:{0.pk}",
    "invoices.subscription":      "subscription:{0.account.ban}",
    "payments.bankimport":        "import:{0.pk}",
    "payments.bankline":          "bank-line:{0.pk}",
    "payments.cheque":            "cheque:{0.pk}",
    "payments.claim":             "claim:{0.pk}",
    "payments.dayclose":          "day:{0.day}",
    "payments.difference":        "difference:{0.kind}:{0.subject}",
    "payments.dispute":           "dispute:{0.gateway_dispute_id}",
    "payments.mandate":           "mandate:{0.number}",
    "payments.parkedreport":      "parked:{0.kind}:{0.gateway_payment_id}",
    "payments.refund":            "refund:{0.number}",
    "payments.taxdeducted":       "certificate:{0.certificate}",
    "payments.virtualaccount":    "virtual-account:{0.pk}",
    "payments.webhookevent":      "webhook-event:{0.pk}",
}
# fmt: on
APPS = ("accounts", "credit", "invoices", "payments")  # where it happened says nothing to people
NUMBERED = ("document", "mandate", "payment", "refund", "subscription")  # their numbers say what they are
LONGEST = 80  # so much of a subject the chain keeps


def address(row: Model) -> str:
    """Return the address of the audit events of a row."""
    return f"{reverse('admin:accounts_auditevent_changelist')}?{urlencode(_events(row))}"


def in_words(subject: str) -> str:
    """Return a subject of the chain as people read it beside its account: refund:RFD2627-000001 → RFD2627-000001."""
    kind, _, which = subject.partition(":")
    if kind == "account" or not which:
        return "" if kind == "account" else kind
    if kind in NUMBERED:
        return which
    return f"{kind.replace('-', ' ')} {which.replace(':', ' ')}"


def act_in_words(action: str) -> str:
    """Return an action of the chain as people read it: accounts.member.change → Member: change."""
    app, _, rest = action.partition(".")
    what, _, act = (rest if app in APPS else action).rpartition(".")
    return f"{_capital(what)}: {_capital(act).lower()}" if what else _capital(act)


def _capital(code: str) -> str:
    return code.replace("-", " ").replace("_", " ").replace(".", " ").capitalize()


def _events(row: Model) -> dict[str, str]:
    label = row._meta.label_lower
    if label in SUBJECTS:
        return {"subject": SUBJECTS[label].format(row)[:LONGEST]}
    whose = row.pk if label == "accounts.account" else getattr(row, "account_id", None)
    return {"account__id__exact": str(whose)} if whose else {"subject": f"{row._meta.model_name}:{row.pk}"}
