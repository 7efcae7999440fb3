"""Payments of mandates' approvals that nobody came back to: the next sweep looks once more and closes them."""

from django.db import migrations

SET = """
    update payments_payment set next_check_at = payments_payment.started_at + interval '5 days'
    from payments_mandate mandate
    where mandate.first_payment_id = payments_payment.id
      and payments_payment.status in ('created', 'unknown') and payments_payment.next_check_at is null
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0021_cheque_paid_into")]
    operations = [migrations.RunSQL(SET, migrations.RunSQL.noop)]
