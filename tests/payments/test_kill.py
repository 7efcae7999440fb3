"""A worker killed (kill -9) between any two statements: nothing lost, nothing twice.

The child is forked, opens its own connection, and kills itself before its n-th statement, or right
before or after its n-th commit, for every n until it comes through alive.
"""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from accounts.models import Account, Balance, Entry, Line, Notice
from invoices.models import Allocation, Document, DocumentFile, DocumentLine, NumberSeries, VoucherBalance
from payments import webhooks
from payments.models import Payment, WebhookEvent
from tests import build, fakes
from tests.build import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
MONEY = (Entry, Line, Balance, Allocation, Document, DocumentLine, DocumentFile, VoucherBalance, Notice)


class Executioner:
    """Counts the moments at which a process may die, and kills it at the chosen one."""

    def __init__(self, at: int) -> None:
        self.left = at

    def moment(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def __call__(self, execute, sql, params, many, context):
        self.moment()
        return execute(sql, params, many, context)

    def around_commit(self, commit):
        def wrapped(wrapper):
            self.moment()
            commit(wrapper)
            self.moment()

        return wrapped


def dies_at(number: int, work) -> bool:
    """Run `work` in a forked child that is killed at its n-th moment; return whether it was killed.

    Its server process is gone too when this returns: until then it holds the rows that it had locked.
    """
    connection.close()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            connections["default"].connection = None
            connection.ensure_connection()
            os.write(tell, str(connection.connection.info.backend_pid).encode())
            executioner = Executioner(number)
            DatabaseWrapper._commit = executioner.around_commit(DatabaseWrapper._commit)
            with connection.execute_wrapper(executioner):
                work()
            status = 0
        finally:
            os._exit(status)
    _pid, outcome = os.waitpid(child, 0)
    os.close(tell)
    _wait_until_gone(os.read(told, 20).decode())
    os.close(told)
    if os.WIFSIGNALED(outcome):
        return True
    assert os.WEXITSTATUS(outcome) == 0
    return False


def _wait_until_gone(server: str) -> None:
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("select pg_sleep(0.01) from pg_stat_activity where pid = %s", [server])
            if cursor.fetchone() is None:
                return
    raise AssertionError(f"server process {server} is still there")


def counts():
    return {model.__name__: model.objects.count() for model in MONEY}


def test_killed_anywhere_while_handling_an_event(world):
    before = None
    for number in range(1, 200):
        account = build.account()
        build.charge(account, 1000)
        start = counts()
        payment = build.payment(account, 1500)
        report = world.pays(payment)
        body = fakes.event(report)
        webhooks.store(body, fakes.sign(body), f"evt_{number}", now=NOW)

        killed = dies_at(number, lambda: webhooks.handle_due(now=NOW))

        made = {name: total - start[name] for name, total in counts().items()}
        taken = Payment.objects.filter(pk=payment.pk, status=Payment.Status.CAPTURED).exists()
        assert not any(made.values()) or taken, f"half rows after moment {number}: {made}"
        webhooks.handle_due(now=NOW + timedelta(hours=1))

        made = {name: total - start[name] for name, total in counts().items()}
        assert made == (before or made), f"differs after moment {number}"
        assert made["Entry"] == made["Allocation"] == made["VoucherBalance"] == 1
        assert made["Notice"] == 2  # received, and what it did to the limit
        before = made
        if not killed:
            break
    else:
        pytest.fail("never came through")

    assert number > 20
    assert not WebhookEvent.objects.filter(handled_at=None).exists()
    series = NumberSeries.objects.get(series="RV")
    assert series.last == Document.objects.filter(kind="receipt_voucher").count() == number
    assert Account.objects.filter(entry_count=2).count() == number
