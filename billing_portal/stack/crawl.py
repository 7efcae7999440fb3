"""A visitor that logs in, follows every link a page offers, and writes down what is broken."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx

ALIKE = 4  # so many pages of one shape (a number or code replaced) are visited
LOCKED = 'aria-labelledby="locked"'
MOST = 900  # pages a visitor looks at; more is a finding
LINKS = {
    ("a", "href"),
    ("link", "href"),
    ("script", "src"),
    ("img", "src"),
    ("use", "href"),
    ("iframe", "src"),
}
ATTRIBUTES = {"hx-get"}
LEAVES = ("logout", "/sessions/")  # pages that end the visit
WAY_BACK = "_changelist_filters="
VARYING = re.compile(r"[A-Z0-9-]*\d[\w-]*|(?<==)[^&]+")


class Page(HTMLParser):
    """Collects what a page offers to follow, and the fields of its forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and ((tag, name) in LINKS or name in ATTRIBUTES):
                self.links.append(value)
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            self.fields.setdefault(str(given["name"]), given.get("value") or "")


@dataclass
class Visitor:
    """One person's walk through one site; `findings` are sentences."""

    name: str
    client: httpx.Client
    findings: list[str] = field(default_factory=list)
    visited: int = 0

    def log_in(self, email: str, password: str) -> bool:
        """Log in as a person would: ask for the home page, fill in the form that comes."""
        form = self.client.get("/", follow_redirects=True)
        fields = Page(form.text).fields
        data = {**fields, "login": email, "password": password}
        answer = self.client.post(
            form.url, data=data, headers={"Referer": str(form.url)}, follow_redirects=True
        )
        # the demo's telephones may have used up a limit: then the locked page comes
        is_open = answer.status_code == 200 or LOCKED in answer.text
        well = is_open and "password" not in Page(answer.text).fields
        if not well:
            self._find(str(answer.url), f"{email} cannot log in ({answer.status_code})")
        return well

    def walk(self, *starts: str) -> None:
        """Visit everything that can be reached from the starts by links of this site."""
        waiting, seen, shapes = deque((start, "the start") for start in starts), set(starts), Counter[str]()
        while waiting:
            path, offered_by = waiting.popleft()
            if self.visited >= MOST:
                self._find(path, f"more than {MOST} pages; the rest was not visited")
                return
            address, _, query = path.partition("?")
            # a list sorted and filtered in every way is one shape; what leads back to it makes no other page
            shape = VARYING.sub("*", address) + ("?" if query and not query.startswith(WAY_BACK) else "")
            shapes[shape] += 1
            if shapes[shape] > ALIKE:
                continue
            for link in self._visit(path, offered_by):
                if link not in seen:
                    seen.add(link)
                    waiting.append((link, path))

    def _visit(self, path: str, offered_by: str) -> Iterator[str]:
        """Look at one page and give the links of this site that it offers."""
        self.visited += 1
        try:
            answer = self.client.get(path)
        except httpx.HTTPError as error:
            self._find(path, f"no answer ({type(error).__name__})")
            return
        if problem := judge(answer):
            self._find(path, f"{problem}, offered by {offered_by}")
        if answer.is_redirect:
            yield from self._own([answer.headers.get("location", "")], path)
        elif "html" in answer.headers.get("content-type", ""):
            yield from self._own(Page(answer.text).links, path)

    def _own(self, links: list[str], path: str) -> Iterator[str]:
        here = urljoin(str(self.client.base_url), path)
        site = urlsplit(here).netloc
        for link in links:
            parts = urlsplit(urldefrag(urljoin(here, link)).url)
            ours = parts.scheme in ("http", "https") and parts.netloc == site
            if ours and not any(word in parts.path for word in LEAVES):
                yield parts.path + (f"?{parts.query}" if parts.query else "")

    def _find(self, path: str, problem: str) -> None:
        self.findings.append(f"{self.name}: {path}: {problem}")


def judge(answer: httpx.Response) -> str:
    """Return what is wrong with an answer to a link that a page offered, or nothing."""
    if answer.status_code == 403 and LOCKED in answer.text:
        return ""  # a stopped account's page says why, and what lifts it
    if answer.status_code >= 400:
        return f"answered {answer.status_code}"
    if not answer.content and not answer.is_redirect and answer.status_code not in (204, 304):
        return "answered with an empty page"
    return ""
