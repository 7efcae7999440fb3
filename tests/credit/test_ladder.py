"""The published timeline, and what must hold of it on any day: pure, without a database."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit import ladder, ladder_checks, policy
from credit.ladder import SEVERITY, Action, Facts, Span, Step, Taken

STEPS = policy.OVERDUE_STEPS
DUE = date(2026, 11, 1)


def day(number: int) -> date:
    return DUE + timedelta(days=number)


def run(facts: Facts, days, steps=STEPS) -> list[tuple[int, Step]]:
    """Take what is due on each of these days, as the jobs do; return the day and the step of each."""
    done = []
    for number in days:
        step = ladder.due_step(steps, facts, today=day(number))
        if step:
            done.append((number, step))
            taken = (*facts.taken, Taken(step.day, step.action, day(number)))
            facts = Facts(facts.due_on, taken, day(number), facts.not_counted, facts.held_until)
    return done


@pytest.mark.parametrize(
    ("number", "action", "notice", "channels"),
    [
        (0, "remind", "overdue", ("email",)),
        (7, "remind", "overdue-reminder", ("email", "sms")),
        (15, "block-outbound", "outbound-blocked", ("email", "sms")),
        (30, "suspend", "suspended", ("email", "sms")),
        (60, "archive", "archived", ("email", "sms")),
        (83, "remind", "last-notice", ("email", "sms")),
        (90, "delete", "deleted", ("email",)),
    ],
)
def test_published_timeline(number, action, notice, channels):
    done = dict(run(Facts(DUE), range(-3, 100)))

    assert (done[number].action, done[number].notice, done[number].channels) == (action, notice, channels)
    assert len(done) == 7


def test_month_of_standstill_is_caught_up_one_step_a_day_with_one_reminder():
    done = run(Facts(DUE), range(40, 50))

    assert [(number, step.action, step.day) for number, step in done] == [
        (40, Action.REMIND, 7),
        (41, Action.BLOCK_OUTBOUND, 15),
        (42, Action.SUSPEND, 30),
    ]


def test_days_that_do_not_count_move_everything_after_them():
    outage = Span(day(5), day(9))

    done = run(Facts(DUE, not_counted=(outage, Span(day(8), day(9)))), range(100))

    assert [number for number, _step in done] == [0, 12, 20, 35, 65, 88, 95]


def test_hold_keeps_harm_away_and_lets_days_go_on():
    done = run(Facts(DUE, held_until=day(40)), range(50))

    assert [(number, step.action) for number, step in done] == [
        (0, Action.REMIND),
        (7, Action.REMIND),
        (41, Action.BLOCK_OUTBOUND),
        (42, Action.SUSPEND),
    ]


def test_newer_day_0_lifts_what_it_does_not_deserve():
    taken = tuple(Taken(s.day, s.action, day(s.day)) for s in STEPS[:4])
    facts = Facts(day(20), taken, last_on=day(30))

    gone = ladder.undone(STEPS, facts, today=day(38))

    assert [one.action for one in gone] == [Action.SUSPEND]
    assert ladder.undone(STEPS, Facts(day(20), taken), today=day(21)) == list(taken[1:])


def test_milder_policy_lifts_a_step_until_its_new_day():
    milder = tuple(Step(s.day + 5 * s.is_harm, s.action, s.notice, s.channels) for s in STEPS)
    taken = tuple(Taken(s.day, s.action, day(s.day)) for s in STEPS[:3])

    assert ladder_checks.is_milder(milder, STEPS)
    assert [one.day for one in ladder.undone(milder, Facts(DUE, taken), today=day(17))] == [15]
    assert ladder.next_due(milder, Facts(DUE, taken[:2], day(15)), today=day(17)) == (milder[2], day(20))


spans = st.lists(
    st.tuples(st.integers(-5, 120), st.integers(0, 20)).map(lambda p: Span(day(p[0]), day(p[0] + p[1]))),
    max_size=4,
).map(tuple)
cases = st.builds(
    Facts, due_on=st.just(DUE), not_counted=spans, held_until=st.none() | st.integers(-5, 60).map(day)
)


@given(cases, st.sets(st.integers(-3, 250)))
def test_any_days_of_work_give_rungs_in_order_one_a_day_never_early(facts, days):
    done = run(facts, sorted(days))

    harms = [step.action for _number, step in done if step.is_harm]
    assert harms == [a for a in Action if a != Action.REMIND][: len(harms)]
    assert all(number >= step.day for number, step in done)
    assert all(a[1].day < b[1].day for a, b in itertools.pairwise(done))
    assert not any(ladder.is_spared(facts, day(number)) for number, step in done if step.is_harm)
    assert all(SEVERITY[a] <= SEVERITY[b] for a, b in itertools.pairwise(harms))


@given(cases, st.integers(-3, 250))
def test_what_is_foretold_is_what_is_done(facts, today):
    foretold, now = [], day(today)
    while coming := ladder.next_due(STEPS, facts, today=now):
        step, now = coming
        foretold.append(((now - DUE).days, step))
        facts = Facts(
            DUE, (*facts.taken, Taken(step.day, step.action, now)), now, facts.not_counted, facts.held_until
        )
    again = Facts(DUE, not_counted=facts.not_counted, held_until=facts.held_until)

    assert run(again, range(today, 700)) == foretold


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ((), "at least one step"),
        (STEPS[::-1], "Days ascend"),
        ((STEPS[2], *STEPS[3:]), "nothing stands before"),
        (
            (*STEPS[:2], STEPS[3], Step(40, Action.BLOCK_OUTBOUND, "outbound-blocked", ("sms",))),
            "Severity never falls",
        ),
        ((*STEPS[:4], STEPS[5], STEPS[6]), "only after the archive"),
        ((*STEPS[:5], STEPS[6]), "last notice"),
        ((*STEPS[:6], Step(84, Action.DELETE, "deleted", ("email",))), "last notice"),
        ((Step(0, Action.REMIND, "overdue", ()),), "channel"),
        ((Step(0, Action.REMIND, "suspended", ("email",)),), "says"),
        ((Step(-1, Action.REMIND, "overdue", ("email",)),), "Days run"),
    ],
)
def test_ladder_that_is_not_sane_is_refused(steps, says):
    assert says in " ".join(ladder_checks.problems(steps))


def test_default_is_sane_and_is_stored_as_it_is_read():
    assert ladder_checks.problems(STEPS) == []
    assert ladder_checks.read(ladder_checks.written(STEPS)) == STEPS
