"""That the returns declare what was posted: each way in which they could differ is found and named."""

import pytest

from invoices.invariants_returns import INVARIANTS
from tests import build
from tests.books.test_books import damage, off, world

pytestmark = pytest.mark.django_db
__all__ = ["world"]
MORE = (
    off("accounts_line")
    + "update accounts_line set amount = amount + 1 where book = '{}' and entry_id = ({})"
)
KEYED = "select id from accounts_entry where key = '{}'"
FREE = "alter table invoices_document drop constraint document_adds_up;" + off("invoices_document")
RENAMED = (
    off("accounts_entry") + "update accounts_entry set key = 'gone:' || id where starts_with(key, 'invoice:')"
)

# fmt: off
DAMAGES = (
    ("VI/2627/000001: ",               MORE.format("cgst", KEYED.format("invoice:VI/2627/000001"))),
    ("VI/2627/000002, advances used:", MORE.format("igst", KEYED.format("set-off:VI/2627/000002"))),
    ("RV/2627/000001: ",               FREE + "update invoices_document set igst = igst + 1 where igst > 0"),
    ("gone:",                          RENAMED),
)
# fmt: on


def found():
    [one] = INVARIANTS
    return list(one.find(build.NOW))


def test_nothing_is_found_in_books_that_the_use_cases_wrote(world):
    assert found() == []


@pytest.mark.parametrize(("number", "sql"), DAMAGES)
def test_what_is_declared_and_not_posted_is_found(world, number, sql):
    damage(sql)

    assert any(one.startswith(number) for one in found())
