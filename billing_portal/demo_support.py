"""What the demo's customers and staff have written to each other: one table of lines, told in their order."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounts import support, support_desk
from accounts.models import Account, Conversation, User
from accounts.support import Said
from invoices.models import Document

INDIA = ZoneInfo("Asia/Kolkata")
STAFF = "support@kaverivoice.example"
FINANCE = "finance@kaverivoice.example"


@dataclass(frozen=True)
class Line:
    """Somebody wrote, or closed. The first line of a matter has its subject and what it is about."""

    matter: str
    days: int  # ago
    hour: int  # in India
    minute: int
    by: str
    text: str  # "" closes the matter
    subject: str = ""
    category: str = ""
    ban: str = ""
    of_bill: bool = False  # names the account's newest invoice
    is_note: bool = False


# fmt: off
LINES = (
    Line("ivr", 16, 10, 12, "owner@lotus.example",
         "We would like callers to hear Kannada first and English second. Can you swap the two, or can we do it?",
         "Order of languages in the menu", "technical", "BA-100042"),
    Line("ivr", 16, 11, 40, STAFF,
         "Good morning, I have swapped them. Please call your own number and tell me whether it is what you wanted."),
    Line("ivr", 15, 10, 5, "owner@lotus.example", "It is. Thank you, that was quick!"),
    Line("ivr", 15, 10, 20, STAFF, ""),
    Line("rental", 4, 10, 31, "billing@lotus.example",
         "Our auditor asks why the rental is billed a month ahead but the calls afterwards.\n\n"
         "Is there a sentence about it in the contract that I can send?",
         "Rental in advance, calls in arrears", "billing", "BA-100042", of_bill=True),
    Line("rental", 4, 11, 2, STAFF, "Farhan, which clause is it? 4.2, but the new contract may differ.", is_note=True),
    Line("rental", 4, 14, 45, FINANCE,
         "4.2 in both: the rental is for the coming cycle, usage is counted until it ends.", is_note=True),
    Line("rental", 4, 15, 10, STAFF,
         "It is clause 4.2: the rental is for the coming cycle, so it stands on the bill that begins it, and usage "
         "can only be counted when the cycle has ended.\n\nBoth appear on the same invoice with their own dates."),
    Line("login", 3, 9, 20, "agent@lotus.example",
         "I have a new phone and my authenticator did not move with it. How do I sign in now?",
         "New phone, no codes", "general", "BA-100042"),
    Line("login", 3, 9, 48, STAFF,
         "Use one of the recovery codes that you saved when you switched two-factor on. If they are gone, "
         "ask your owner to call us: we check who you are and reset it."),
    Line("overdue", 1, 18, 25, "owner@lotus.example",
         "We had a change in our accounts department and two bills slipped through. Can we pay the older one "
         "today and the other on Friday without the numbers being stopped?",
         "Two bills open, can we pay in parts?", "billing", "BA-100043", of_bill=True),
    Line("travels", 2, 11, 55, "owner@dsouza.example",
         "Calls from landlines in Goa ring twice and then drop. Mobile callers are fine. It began on Monday.",
         "Landline calls drop", "technical", "BA-100065"),
    Line("travels", 2, 12, 30, STAFF,
         "I can see it in the records: it is one exchange of the local carrier. They are on it, and I write again "
         "as soon as they have an answer."),
    Line("kamal", 5, 16, 2, "owner@kamal.example",
         "नमस्ते, क्या हमें पिछले साल के सभी बिल एक साथ मिल सकते हैं? हमारे सीए को चाहिए।",
         "पिछले साल के बिल", "billing", "BA-100051"),
    Line("kamal", 5, 16, 40, STAFF,
         "नमस्ते! जी हाँ: Invoices पर वर्ष चुनिए और “Download all as ZIP” दबाइए। फ़ाइल कुछ ही मिनट में तैयार हो जाती है।"),
    Line("kamal", 5, 17, 15, "owner@kamal.example", ""),
)
# fmt: on


def tell(accounts: Mapping[str, Account], people: Mapping[str, User], *, now: datetime) -> None:
    """Let everything be written, each at its hour."""
    begun: dict[str, Conversation] = {}
    for number, line in enumerate(LINES):
        day = now.astimezone(INDIA) - timedelta(days=line.days)
        at, by = day.replace(hour=line.hour, minute=line.minute, second=0, microsecond=0), people[line.by]
        token = uuid.uuid5(uuid.NAMESPACE_URL, f"demo:support:{number}")
        if line.subject:
            account = accounts[line.ban]
            said = Said(line.text, token, _bill(account) if line.of_bill else "")
            begun[line.matter] = support.begin(account.pk, line.subject, line.category, said, by=by, now=at)
        else:
            _go_on(begun[line.matter].pk, line, Said(line.text, token), by, at)


def _go_on(conversation_id: int, line: Line, said: Said, by: User, at: datetime) -> None:
    if line.is_note:
        support_desk.note(conversation_id, said, actor=by, now=at)
    elif by.is_staff and said.text:
        support_desk.read(conversation_id, now=at)
        seen = Conversation.objects.get(pk=conversation_id).messages.order_by("-pk")[0].pk
        support_desk.reply(conversation_id, said, seen=seen, actor=by, now=at)
    elif by.is_staff:
        support_desk.close(conversation_id, actor=by, now=at)
    elif said.text:
        support.read(conversation_id, by=by, now=at)
        support.write(conversation_id, said, by=by, now=at)
    else:
        support.read(conversation_id, by=by, now=at)
        support.close(conversation_id)


def _bill(account: Account) -> str:
    return account.documents.filter(kind=Document.Kind.INVOICE).newest_first()[0].number
