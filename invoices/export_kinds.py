"""What can be exported: one row a kind, with what it may be asked for, who makes it and who may have it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.permissions import Right

PDF, CSV, ZIP = "application/pdf", "text/csv; charset=utf-8", "application/zip"
JSON = "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FINANCE = "invoices.export_finance"  # the staff permission for exports of all accounts


@dataclass(frozen=True)
class Kind:
    """One kind: `form` (of export_forms) checks its parameters, `maker` writes the file: a name of this app, or a
    function of an upper floor's (`add`)."""

    code: str
    label: str
    form: str
    maker: str | Callable[..., None]
    content_type: str
    ending: str
    right: Right | None = None  # the panel's; None: for staff with FINANCE

    def title(self, parameters: Mapping[str, Any]) -> str:
        """What the page and the list call it."""
        said = {name: str(word) for name, word in parameters.items() if word and name in SAID}
        days = [words(said.pop(name)) for name in ("first", "last") if name in said]
        for name, write in (("month", month), ("part", "part {}".format)):
            if name in said:
                said[name] = write(said[name])
        as_of = [f"as of {words(said.pop('as_of'))}"] if "as_of" in said else []
        return " ".join([self.label, *([" – ".join(days)] if days else []), *as_of, *said.values()])[:120]

    def file_name(self, ban: str, parameters: Mapping[str, Any]) -> str:
        name = self.code.removesuffix(f"-{self.ending}")
        parts = [ban, name, *(str(word) for name, word in parameters.items() if word and name in SAID)]
        plain = "-".join(part for part in parts if part)
        return "".join(c if c.isalnum() or c in "-_." else "-" for c in plain)[:100] + f".{self.ending}"


def words(day: str) -> str:
    """Write an ISO day as 1 Oct 2025."""
    read = date.fromisoformat(day)
    return f"{read.day} {read:%b %Y}"


def month(first: str) -> str:
    """Write a month like 2026-10 as October 2026."""
    return f"{date.fromisoformat(f'{first}-01'):%B %Y}"


SAID = ("first", "last", "as_of", "year", "kind", "state", "number", "month", "part")
Table = Callable[[], tuple[Kind, ...]]

# fmt: off
ROWS = (
    Kind("documents-zip", "Documents", "Documents", "archive.make", ZIP, "zip",  Right.BILLING),
    Kind("annex",          "Usage annex", "Annex", "annex.make", PDF, "pdf",  Right.BILLING),
    Kind("statement-pdf",  "Statement", "Period", "statement_files.make_pdf", PDF, "pdf",  Right.BILLING),
    Kind("usage-csv", "Usage", "Usage",     "usage_files.make_csv", CSV, "csv",  Right.USAGE),
    Kind("register-csv",   "Documents register", "Period", "registers.register_csv", CSV, "csv"),
    Kind("register-xlsx",  "Documents register", "Period", "registers.register_xlsx", XLSX, "xlsx"),
    Kind("ageing-csv",     "Receivables ageing", "AsOf", "registers.ageing_csv", CSV, "csv"),
    Kind("ageing-xlsx",    "Receivables ageing", "AsOf", "registers.ageing_xlsx", XLSX, "xlsx"),
    Kind("journal-csv",    "Journal", "Period", "registers.journal_csv", CSV, "csv"),
    Kind("journal-xlsx",   "Journal", "Period", "registers.journal_xlsx", XLSX, "xlsx"),
    Kind("gstr1-json",     "GSTR-1", "Month", "return_files.gstr1_json", JSON, "json"),
    Kind("gstr1-csv",      "GSTR-1, tables", "Month", "return_files.gstr1_csv", ZIP, "zip"),
    Kind("gstr3b-csv",     "GSTR-3B", "Month", "return_files.gstr3b_csv", CSV, "csv"),
)
# fmt: on
KINDS = {row.code: row for row in ROWS}


def add(*rows: Kind) -> None:
    """Let an upper floor offer kinds of its own."""
    KINDS.update({row.code: row for row in rows})
