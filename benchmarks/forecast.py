"""`forecast`: what will become of an account, against the one query that reads its unpaid bills.

For one account as its page shows it, and for many at once as a policy's preview reads them.
"""

import time

from django.db import connection

from accounts.models import Account
from benchmarks import overdue_run, world
from benchmarks.table import Row
from credit import consequences, policy, policy_preview

ACCOUNTS, COHORT, ROUNDS = 50, 2_000, 3
BILLS = """
    select id, due_on, open_amount from invoices_document where account_id = %s and open_amount > 0 order by due_on, id
"""


def measure() -> list[Row]:
    world.account()
    overdue_run.fill(COHORT)
    words = overdue_run.words(1)
    overdue_run.make_due(COHORT, words)
    today = words["today"]
    accounts = list(Account.objects.filter(documents__open_amount__gt=0).order_by("pk")[:ACCOUNTS])
    one, floor, many = [], [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for account in accounts:
            assert consequences.of(account, today=today)
        one.append(1000 * (time.perf_counter() - began) / len(accounts))
        began = time.perf_counter()
        with connection.cursor() as cursor:
            for account in accounts:
                cursor.execute(BILLS, [account.pk])
                cursor.fetchall()
        floor.append(1000 * (time.perf_counter() - began) / len(accounts))
        began = time.perf_counter()
        policy_preview.of(policy.OVERDUE_STEPS, today)
        many.append(1000 * (time.perf_counter() - began) / COHORT)
    return [
        Row("forecast, one account", "ms", one, floor),
        Row(f"forecast, of {COHORT:,} accounts at once, each", "ms", many, floor),
    ]
