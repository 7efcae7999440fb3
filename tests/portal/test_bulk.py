"""Rows by COPY are the rows that `bulk_create` writes: same values, same keys, same errors."""

import gc
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, models

from accounts.models import Entry, Line, Notice
from billing_portal import bulk, collector
from invoices.models import Document
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db
MANY = bulk.FEW + 5
WORDS = "नमस्ते \\N \t \n \\. '\"{}, <b>&amp;"


def notices(account, *, of="event"):
    return [
        Notice(
            account=account,
            name="invoice-issued",
            event=f"{of}-{number}",
            channel="email",
            recipient=WORDS if number else "",
            context={"words": WORDS, "amounts": [-1, 0, None, True], "number": number},
            attachments=[],
            owed_at=NOW - timedelta(microseconds=number),
            next_attempt_at=None if number % 2 else NOW,
            attempts=-number,
            text=WORDS * 100,
        )
        for number in range(MANY)
    ]


def values(model, **filters):
    rows = model.objects.filter(**filters).order_by("pk").values()
    return [{name: value for name, value in row.items() if name not in ("id", "event")} for row in rows]


def test_copied_rows_are_what_bulk_create_writes():
    account = build.account()
    Notice.objects.bulk_create(notices(account, of="a"))
    made = bulk.create(notices(account, of="b"))

    assert len(values(Notice, event__startswith="a-")) == MANY
    assert values(Notice, event__startswith="b-") == values(Notice, event__startswith="a-")
    assert not any(row._state.adding for row in made)


@pytest.mark.parametrize("count", [3, MANY])
def test_rows_get_their_keys_in_order(count):
    account = build.account()
    entries = [
        Entry(
            account=account,
            key=f"k-{number}",
            narrative=WORDS,
            posted_at=NOW,
            posted_on=date(1999, 12, 31),
            number=900 + number,
            hash="x" * 64,
        )
        for number in range(count)
    ]

    made = bulk.create(entries, ids=True)

    assert [row.pk for row in made] == sorted({row.pk for row in made})
    assert list(Entry.objects.filter(number__gte=900).order_by("pk")) == made
    assert [Entry.objects.get(pk=row.pk).key for row in made[:3]] == ["k-0", "k-1", "k-2"]
    assert Entry.objects.get(pk=made[0].pk).posted_on == date(1999, 12, 31)


@pytest.mark.parametrize("count", [3, MANY])
def test_rows_that_nobody_needs_as_objects(count):
    account = build.account()
    build.paid(account, 3000)
    entry = Entry.objects.filter(account=account).latest("pk")
    row = {"entry_id": entry.pk, "account_id": account.pk, "book": "bank", "treatment": "", "number": None}

    bulk.insert(Line, [row | {"amount": -n - 1, "balance_after": None} for n in range(count)])

    amounts = Line.objects.filter(book="bank").order_by("-amount").values_list("amount", flat=True)
    assert list(amounts) == [-n - 1 for n in range(count)]


def test_what_is_there_already_is_left_out_or_refused():
    account = build.account()
    bulk.create(notices(account)[:3])

    with pytest.raises(IntegrityError):
        bulk.create(notices(account)[: bulk.FEW])


def test_unless_there_adds_the_others():
    account = build.account()
    bulk.create(notices(account)[5:8])

    bulk.create(notices(account), unless_there=True)

    assert Notice.objects.filter(account=account).count() == MANY


def test_nothing_is_written_of_nothing():
    assert bulk.create([]) == []
    bulk.insert(Line, [])


def test_every_field_of_what_is_copied_has_a_writer():
    for model in (Document, Entry, Line, Notice):
        for field in model._meta.concrete_fields:
            assert isinstance(field, models.Field)
            assert callable(bulk._writer(field))


def test_arrays_for_unnest():
    assert bulk.arrays([(1, None, date(2026, 11, 24)), (-2, "", "a")]) == [
        "{1,-2}",
        '{null,""}',
        "{2026-11-24,a}",
    ]


def test_the_collector_is_on_again_after_a_batch_that_failed():
    with pytest.raises(ValueError, match="no"), collector.paused():
        assert not gc.isenabled()
        with collector.paused():
            pass
        assert not gc.isenabled()
        raise ValueError("no")
    assert gc.isenabled()
