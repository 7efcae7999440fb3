"""What the documents promise: each link leads somewhere, each picture of the guide is there and is shown."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
GUIDE = ROOT / "docs" / "guide"
LINK = re.compile(r'\]\(([^)\s]+)\)|<img src="([^"]+)"')
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
MOST_BYTES = 120_000


def links(text: str) -> list[str]:
    return [first or second for first, second in LINK.findall(CODE.sub("", text))]


def anchors(text: str) -> set[str]:
    """The anchors of a page, made as GitHub makes them."""
    plain = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL).sub("", text)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(plain)}


def broken(page: Path) -> list[str]:
    """Return each link of a page that leads nowhere within the repository."""
    found = []
    for link in links(page.read_text()):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if "://" in link or link.startswith("mailto:"):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            found.append(link)
    return found


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    assert broken(page) == []


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One head\n[a](#one-head) [b](#two) [c](gone.md) [d](https://example.in) `[e](code)`")

    assert broken(page) == ["#two", "gone.md"]


def test_the_guide_shows_each_picture_and_each_picture_is_there():
    named = {Path(link).name for link in links((GUIDE / "README.md").read_text()) if link.endswith(".png")}

    assert named == {picture.name for picture in (GUIDE / "pictures").iterdir()}


def test_each_picture_is_small():
    assert [one.name for one in (GUIDE / "pictures").iterdir() if one.stat().st_size > MOST_BYTES] == []


def test_the_index_names_each_document():
    named = {link.partition("#")[0] for link in links((ROOT / "docs" / "README.md").read_text())}
    there = {str(page.relative_to(ROOT / "docs")) for page in DOCS if page.parent != ROOT}

    assert there - named == {"README.md"}
