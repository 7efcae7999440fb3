"""The visitor of `demo --check` finds what is broken: each kind of finding once, and none on a sound site."""

import httpx

from billing_portal.stack.crawl import Visitor

SITE = {
    "/": '<a href="/sound/">1</a><a href="/gone/">2</a><a href="/broken/">3</a><a href="/empty/">4</a>'
    '<a href="http://elsewhere.example/">5</a><a href="/auth/logout/">6</a><a href="/moved/">7</a>',
    "/sound/": '<a href="/">home</a>',
    "/empty/": "",
    "/auth/logout/": "must not be visited",
}


def answer(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    assert request.url.host == "portal.test"
    assert "logout" not in path
    if path == "/moved/":
        return httpx.Response(302, headers={"location": "/gone-too/"})
    if path in SITE:
        return httpx.Response(200, html=SITE[path])
    return httpx.Response(500 if "broken" in path else 404, html="sorry")


def walk(*starts: str) -> list[str]:
    with httpx.Client(base_url="http://portal.test", transport=httpx.MockTransport(answer)) as client:
        visitor = Visitor("owner", client)
        visitor.walk(*starts)
    return sorted(visitor.findings)


def test_each_broken_link_is_one_finding():
    assert walk("/") == [
        "owner: /broken/: answered 500, offered by /",
        "owner: /empty/: answered with an empty page, offered by /",
        "owner: /gone-too/: answered 404, offered by /moved/",
        "owner: /gone/: answered 404, offered by /",
    ]


def test_a_person_who_cannot_log_in_is_a_finding():
    form = '<form><input name="login"><input name="password" type="password"></form>'
    transport = httpx.MockTransport(lambda request: httpx.Response(200, html=form))
    with httpx.Client(base_url="http://portal.test", transport=transport) as client:
        visitor = Visitor("owner", client)

        assert not visitor.log_in("a@example.in", "wrong")
    assert "cannot log in" in visitor.findings[0]
