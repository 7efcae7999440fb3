"""The OpenAPI document: valid, complete, open to everybody, and readable as a page without a script."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.models import ApiKey
from billing_portal import api_document, api_page

DOCUMENT = api_document.document()
CALLS = [
    (path, method) for path, item in DOCUMENT["paths"].items() for method in ("get", "post") if method in item
]


def addresses(patterns, before="/"):
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, here)
        elif here.startswith("/api/v1/"):
            yield re.sub(r"<\w+:(\w+)>", r"{\1}", here), pattern.callback


def test_it_is_valid():
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_every_address_and_method_is_in_it():
    found = dict(addresses(get_resolver().url_patterns))
    about = {"/api/v1/schema/", "/api/v1/docs/"}

    assert set(found) - about == set(DOCUMENT["paths"])
    for path, callback in found.items():
        if path not in about:
            methods = {
                name for name in ("get", "post", "put", "patch", "delete") if hasattr(callback.cls, name)
            }
            assert methods == {name for name in DOCUMENT["paths"][path] if name != "parameters"}, path


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_an_operation_says_whom_it_is_for_and_what_may_come_back(path, method):
    said = DOCUMENT["paths"][path][method]

    assert any(f"*{scope}*" in said["description"] for scope in ApiKey.Scope.values)
    assert {"401", "403", "429"} <= set(said["responses"])
    assert said["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}


def test_the_names_of_operations_are_each_one_s_own():
    found = [DOCUMENT["paths"][path][method]["operationId"] for path, method in CALLS]

    assert len(set(found)) == len(found)


def test_it_is_served_as_it_is():
    answer = Client().get(reverse("api-schema"))

    assert answer.status_code == 200 and answer.json() == DOCUMENT


def test_the_page_has_every_call_and_field_and_no_script_of_its_own(db):
    answer = Client().get(reverse("api-docs"))
    text = answer.content.decode()

    assert answer.status_code == 200
    for path, method in CALLS:
        assert f'id="{DOCUMENT["paths"][path][method]["operationId"]}"' in text
        assert path in text
    for word in ("Idempotency-Key", "items[].allocation[].amount", "pdf.sha256", "KEY_REUSED"):
        assert word in text
    assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", text)
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_the_page_says_what_a_value_is():
    groups = api_page.read(DOCUMENT)
    calls = {call.id: call for group in groups for call in group.calls}
    answer = {field.name: field for field in calls["readDocument"].answer}

    assert (answer["due_on"].kind, answer["total"].kind) == ("day or null", "whole number")
    assert answer["lines"].kind == "list" and answer["lines[].sac"].kind == "text"
    body = {field.name: field.is_needed for field in calls["beginPayment"].body}
    assert set(body) == {"amount", "choice", "currency"}
    assert calls["listDocuments"].parameters[0].name == "ban"


def test_what_goes_wrong_within_us_is_a_problem_too(db, monkeypatch):
    def fails():
        raise RuntimeError("secret words")

    monkeypatch.setattr(api_document, "document", fails)

    answer = Client(raise_request_exception=False).get(reverse("api-schema"))

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "secret words" not in answer.content.decode()
