"""A month's GSTR-1 as the portal's file: keys, order and numbers of gst reference § 10.2. Pure.

The same month gives the same bytes. Sections without a row are left out; dates are DD-MM-YYYY, the period MMYYYY.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from invoices.gst import NOTHING, Supply, Tax
from invoices.gstr import DEBIT_NOTE, OF_SUPPLIES, SERIES, Paper, Section, invoice_type, supply_type
from invoices.gstr_month import Code, Month, Row
from invoices.sac import SACS

VERSION = "GST3.2.4"
PART = 8000  # documents one by one in a file: it stays below the portal's 4.7 MiB
LARGEST = int(4.7 * 2**20)  # bytes
Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hundredths:
    """A number of the file in its hundredths: paise, or basis points of a rate. Written with at most two decimals."""

    value: int

    def __str__(self) -> str:
        whole, rest = divmod(abs(self.value), 100)
        sign = "-" if self.value < 0 else ""
        return f"{sign}{whole}.{rest:02}".rstrip("0").rstrip(".")


def period(first: date) -> str:
    """Return the return period of a month: 102026."""
    return f"{first:%m%Y}"


def day(on: date) -> str:
    return f"{on:%d-%m-%Y}"


def single(month: Month) -> list[tuple[Section, Paper]]:
    """Return the documents that stand in the file one by one, in its order."""
    return [
        (where, paper) for where in OF_SUPPLIES if where != Section.B2CS for paper in month.by_section[where]
    ]


def parts(month: Month) -> int:
    """Return how many files the month needs."""
    return max(1, -(-len(single(month)) // PART))


def tree(month: Month, part: int = 1) -> Tree:
    """Return a part's content; the first holds all that is summed, the others only further documents."""
    chosen: dict[Section, list[Paper]] = {where: [] for where in OF_SUPPLIES}
    for where, paper in single(month)[(part - 1) * PART : part * PART]:
        chosen[where].append(paper)
    is_first = part == 1
    sections = {
        "b2b": _by_gstin(sorted(chosen[Section.B2B] + chosen[Section.SEZ], key=_order), "inv", _invoice),
        "b2cl": _grouped(chosen[Section.B2CL], lambda paper: paper.place, "pos", _large),
        "b2cs": [_small(row, value) for row, value in month.b2cs.items()] if is_first else [],
        "exp": _grouped(chosen[Section.EXPORTS], invoice_type, "exp_typ", _export),
        "at": _advances(month.at) if is_first else [],
        "cdnr": _by_gstin(chosen[Section.CDNR], "nt", _note),
        "cdnur": [_loose_note(paper) for paper in chosen[Section.CDNUR]],
        "doc_issue": _series(month) if is_first else {},
        "hsn": _hsn(month) if is_first else {},
        "txpd": _advances(month.txpd, cess=False) if is_first else [],
    }
    head = {"gstin": month.gstin, "fp": period(month.first), "version": VERSION, "hash": "hash"}
    return head | {name: content for name, content in sections.items() if content}


def written(value: Any, depth: int = 0) -> Iterator[str]:
    """Write a tree as JSON in small pieces, one blank of indent a level; amounts exactly, never through a float."""
    if isinstance(value, Hundredths):
        yield str(value)
    elif isinstance(value, dict):
        pairs = (f"{json.dumps(name)}: " for name in value)
        yield from _block("{}", zip(pairs, value.values(), strict=True), depth)
    elif isinstance(value, list):
        yield from _block("[]", (("", one) for one in value), depth)
    else:
        yield json.dumps(value, ensure_ascii=False)


def _block(ends: str, content: Iterable[tuple[str, Any]], depth: int) -> Iterator[str]:
    before, pad = ends[0], "\n" + " " * (depth + 1)
    for name, one in content:
        yield f"{before}{pad}{name}"
        yield from written(one, depth + 1)
        before = ","
    yield ends if before == ends[0] else f"\n{' ' * depth}{ends[1]}"


def _order(paper: Paper) -> tuple[date, int, str]:
    return paper.on, len(paper.number), paper.number


def _grouped(
    papers: list[Paper],
    key: Callable[[Paper], str],
    name: str,
    each: Callable[[Paper], Tree],
    rows: str = "inv",
) -> list[Tree]:
    """Gather documents under what they share, in the order in which each first comes."""
    found: dict[str, list[Tree]] = {}
    for paper in papers:
        found.setdefault(key(paper), []).append(each(paper))
    return [{name: word, rows: content} for word, content in found.items()]


def _by_gstin(papers: list[Paper], rows: str, each: Callable[[Paper], Tree]) -> list[Tree]:
    return _grouped(papers, lambda paper: paper.gstin, "ctin", each, rows)


def _invoice(paper: Paper) -> Tree:
    return {
        "inum": paper.number,
        "idt": day(paper.on),
        "val": Hundredths(paper.total),
        "pos": paper.place,
        "rchrg": "N",
        "inv_typ": invoice_type(paper),
        "itms": _numbered(paper),
    }


def _large(paper: Paper) -> Tree:
    head = {"inum": paper.number, "idt": day(paper.on), "val": Hundredths(paper.total)}
    return head | {"itms": _numbered(paper, cess=False)}


def _export(paper: Paper) -> Tree:
    head = {"inum": paper.number, "idt": day(paper.on), "val": Hundredths(paper.total)}
    return head | {"itms": [_values(paper, rate, value) for rate, value in by_rate(paper).items()]}


def _note(paper: Paper) -> Tree:
    return {
        "nt_num": paper.number,
        "nt_dt": day(paper.on),
        "ntty": "D" if paper.kind == DEBIT_NOTE else "C",
        "val": Hundredths(paper.total),
        "pos": paper.place,
        "rchrg": "N",
        "inv_typ": invoice_type(paper),
        "itms": _numbered(paper),
    }


def _loose_note(paper: Paper) -> Tree:
    place = {} if paper.is_abroad else {"pos": paper.place}
    return {
        "nt_num": paper.number,
        "nt_dt": day(paper.on),
        "ntty": "D" if paper.kind == DEBIT_NOTE else "C",
        "val": Hundredths(paper.total),
        "typ": invoice_type(paper),
        **place,
        "itms": _numbered(paper),
    }


def by_rate(paper: Paper) -> dict[int, Tax]:
    """Return a document's value by rate, lowest first."""
    items = sorted(paper.items, key=lambda item: item.rate)
    return {
        rate: sum((item.value for item in group), NOTHING)
        for rate, group in groupby(items, key=lambda item: item.rate)
    }


def _numbered(paper: Paper, *, cess: bool = True) -> list[Tree]:
    return [
        {"num": rate + 1, "itm_det": _values(paper, rate, value, cess=cess)}
        for rate, value in by_rate(paper).items()
    ]


def _values(paper: Paper, rate: int, value: Tax, *, cess: bool = True) -> Tree:
    head = {"txval": Hundredths(value.taxable), "rt": Hundredths(rate)}
    return head | _taxes(value, is_inter=paper.supply != Supply.INTRA, cess=cess)


def _taxes(value: Tax, *, is_inter: bool, cess: bool = True) -> Tree:
    """The integrated tax, or both halves: never all three (§ 10.2)."""
    halves = {"camt": Hundredths(value.cgst), "samt": Hundredths(value.sgst)}
    return ({"iamt": Hundredths(value.igst)} if is_inter else halves) | ({"csamt": 0} if cess else {})


def _small(row: Row, value: Tax) -> Tree:
    is_inter, place, rate = row
    head = {"sply_ty": supply_type(is_inter), "rt": Hundredths(rate), "typ": "OE", "pos": place}
    return head | {"txval": Hundredths(value.taxable)} | _taxes(value, is_inter=is_inter)


def _advances(rows: Mapping[Row, Tax], *, cess: bool = True) -> list[Tree]:
    """One row a place, with its rates."""
    found: dict[tuple[str, bool], list[Tree]] = {}
    for (is_inter, place, rate), value in rows.items():
        item = {"rt": Hundredths(rate), "ad_amt": Hundredths(value.taxable)}
        found.setdefault((place, is_inter), []).append(item | _taxes(value, is_inter=is_inter, cess=cess))
    return [
        {"pos": place, "sply_ty": supply_type(is_inter), "itms": items}
        for (place, is_inter), items in found.items()
    ]


def _hsn(month: Month) -> Tree:
    """Table 12; without a supply to registered customers their tab still has a row of zeros."""
    b2b, b2c = month.hsn_b2b, month.hsn_b2c
    if not b2b and b2c:
        b2b = {next(iter(b2c)): NOTHING}
    tabs = {"hsn_b2b": b2b, "hsn_b2c": b2c}
    return {
        name: [_service(place, code, value) for place, (code, value) in enumerate(tab.items(), start=1)]
        for name, tab in tabs.items()
        if tab
    }


def _service(place: int, code: Code, value: Tax) -> Tree:
    sac, rate = code
    official, ours = SACS.get(sac, ("", ""))
    return {
        "num": place,
        "hsn_sc": sac,
        "user_desc": ours,
        "desc": official,
        "uqc": "NA",
        "qty": 0,
        "rt": Hundredths(rate),
        "txval": Hundredths(value.taxable),
        "iamt": Hundredths(value.igst),
        "samt": Hundredths(value.sgst),
        "camt": Hundredths(value.cgst),
        "csamt": 0,
    }


def _series(month: Month) -> Tree:
    """Table 13: a range a run of numbers. No number is ever cancelled or used again here."""
    rows = []
    for number, kind, words in SERIES:
        runs = [run for run in month.runs if run.kind == kind]
        ranges = [_range(place, run.first, run.last, run.count) for place, run in enumerate(runs, start=1)]
        if ranges:
            rows.append({"doc_num": number, "doc_typ": words, "docs": ranges})
    return {"doc_det": rows} if rows else {}


def _range(place: int, first: str, last: str, count: int) -> Tree:
    return {"num": place, "from": first, "to": last, "totnum": count, "cancel": 0, "net_issue": count}
