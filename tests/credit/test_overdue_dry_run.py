"""What the jobs would do: printed, and nothing is done; what a policy would move, before it is published."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from credit import consequences, policy_preview
from credit.ladder import Action
from credit.policy import OVERDUE_STEPS
from tests import build, ladder

TABLES = (
    "credit_overduecase", "credit_steptaken", "accounts_notice", "accounts_restriction", "accounts_jobrun",
    "accounts_account", "credit_deletion", "credit_archive", "credit_policyversion", "accounts_auditevent",
)  # fmt: skip


def contents() -> list[str]:
    with connection.cursor() as cursor:
        found = []
        for table in TABLES:
            cursor.execute(
                f"select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {table} t"
            )
            found.append(cursor.fetchone()[0])
    return found


def dry_run(*options: str) -> str:
    out = StringIO()
    call_command("overdue", "--dry-run", *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_dry_run_prints_the_steps_of_a_day_and_writes_nothing(monkeypatch):
    one, other = build.account(), build.account()
    ladder.bill(one)
    ladder.bill(other, due=1)
    ladder.sweep(range(10))
    monkeypatch.setattr("billing_portal.clock.now", lambda: ladder.at(9))
    before = contents()

    said = dry_run("--on", str(ladder.today(15)))

    assert f"{one.ban}\toverdue-block-outbound\tday 15\tblock-outbound" in said
    assert "1 steps would be taken" in said
    assert other.ban not in said
    assert other.ban in dry_run("--on", str(ladder.today(31)), "--account", other.ban)
    assert contents() == before


@pytest.mark.django_db
def test_a_dry_run_of_the_past_or_without_the_word_is_refused():
    with pytest.raises(CommandError, match="past"):
        dry_run("--on", "2020-01-01")
    with pytest.raises(CommandError, match="--dry-run"):
        call_command("overdue")


@pytest.mark.django_db
def test_a_preview_names_who_would_be_moved_in_constant_queries(django_assert_num_queries):
    accounts = [build.account() for _ in range(3)]
    for account in accounts:
        ladder.bill(account)
    ladder.sweep(range(13))
    sooner = [replace(s, day=10) if s.action == Action.BLOCK_OUTBOUND else s for s in OVERDUE_STEPS]

    with django_assert_num_queries(11):
        moved = policy_preview.of(sooner, ladder.today(12))

    assert [one.ban for one in moved] == sorted(a.ban for a in accounts)
    assert {(one.before, one.after) for one in moved} == {(Action.REMIND, Action.BLOCK_OUTBOUND)}
    assert policy_preview.of(OVERDUE_STEPS, ladder.today(12)) == []


@pytest.mark.django_db
def test_the_customers_timeline_has_what_stands_what_comes_and_the_last_moment_of_each_way_to_pay():
    account = build.account()
    ladder.bill(account)
    ladder.sweep(range(16))

    found = consequences.of(account, today=ladder.today(15))

    assert [(one.action, one.on, one.has_happened) for one in found] == [
        ("block-outbound", ladder.today(15), True),
        ("suspend", ladder.today(30), False),
        ("archive", ladder.today(60), False),
        ("remind", ladder.today(83), False),
        ("delete", ladder.today(90), False),
    ]
    assert [(one.method, one.until) for one in found[1].last_moments] == [
        ("Card, UPI or wallet", ladder.today(29)),
        ("Net banking, IMPS or RTGS", ladder.today(28)),
        ("NEFT", ladder.today(27)),
        ("Cheque", ladder.today(24)),
    ]
    soon = consequences.last_moments(ladder.today(30), today=ladder.today(28))
    assert [one.method for one in soon] == ["Card, UPI or wallet", "Net banking, IMPS or RTGS"]
