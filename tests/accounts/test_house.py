"""The operator's own entries: of no account, once per cause, chained, and of no customer's book."""

import pytest

from accounts import house, invariants, ledger
from accounts.ledger import Book
from accounts.models import Account, Entry, House
from tests import build
from tests.threads import errors, together

SETTLED = {Book.BANK: -97_640, Book.FEES: -2_000, Book.INPUT_GST: -360, Book.GATEWAY: 100_000}


def found(now=build.NOW):
    return [word for one in invariants.INVARIANTS for word in one.find(now)]


@pytest.mark.django_db
def test_a_cause_posts_once_and_hangs_on_the_chain():
    first = house.post("settlement:setl_1", SETTLED, now=build.NOW)
    again = house.post("settlement:setl_1", SETTLED, now=build.NOW)
    second = house.post("settlement:setl_2", SETTLED, now=build.NOW)

    assert first.pk == again.pk
    assert (first.account, first.number, second.number) == (None, 1, 2)
    assert second.previous_hash == first.hash == Entry.objects.get(pk=first.pk).hash
    assert found() == []


@pytest.mark.django_db
def test_a_reversal_mirrors_it():
    first = house.post("bank-line:1", {Book.BANK: -500, Book.SUSPENSE: 500}, now=build.NOW)

    house.reverse(first, key="bank-line:1:wrong", now=build.NOW)

    assert sum(line.amount for line in first.reversed_by.lines.all() if line.book == Book.BANK) == 500
    assert found() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ({Book.BANK: -1, Book.SUSPENSE: 2}, ledger.Unbalanced),
        ({Book.BANK: 0}, ledger.Unbalanced),
        ({Book.BANK: -1, Book.RECEIVABLE: 1}, house.NotOurs),
    ],
)
def test_what_is_not_an_entry_is_refused(lines, error):
    with pytest.raises(error):
        house.post("cause:1", lines, now=build.NOW)

    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_a_cause_of_an_account_is_not_the_operators():
    account = Account.objects.lock(build.account().pk)
    ledger.post("cause:1", account, {Book.BANK: -1, Book.SUSPENSE: 1}, now=build.NOW)

    with pytest.raises(ledger.EntryDiffers):
        house.post("cause:1", {Book.BANK: -1, Book.SUSPENSE: 1}, now=build.NOW)


@pytest.mark.django_db
def test_a_lost_entry_is_found():
    house.post("settlement:setl_1", SETTLED, now=build.NOW)
    House.objects.update(entry_count=2)

    assert any("the operator: 1 entries, 2 are counted" in word for word in found())


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain():
    done = together([lambda n=n: house.post(f"settlement:{n}", SETTLED, now=build.NOW) for n in range(12)])

    assert errors(done) == []
    assert sorted(Entry.objects.values_list("number", flat=True)) == list(range(1, 13))
    assert found() == []
