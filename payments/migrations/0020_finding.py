"""Indexes of what staff search by: bank references, cheque numbers, virtual accounts."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # lists stay open while the indexes are made

    dependencies = [
        ('payments', '0019_one_attempt_a_day'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='bankline',
            index=models.Index(condition=models.Q(('cheque_number', ''), _negated=True), fields=['cheque_number'], name='bank_line_by_cheque'),
        ),
        AddIndexConcurrently(
            model_name='cheque',
            index=models.Index(fields=['number'], name='cheque_by_number'),
        ),
        AddIndexConcurrently(
            model_name='claim',
            index=models.Index(condition=models.Q(('cheque_number', ''), _negated=True), fields=['cheque_number'], name='claim_by_cheque'),
        ),
        AddIndexConcurrently(
            model_name='payment',
            index=models.Index(condition=models.Q(('reference', ''), _negated=True), fields=['reference'], name='payment_by_reference'),
        ),
        AddIndexConcurrently(
            model_name='refund',
            index=models.Index(condition=models.Q(('reference', ''), _negated=True), fields=['reference'], name='refund_by_reference'),
        ),
        AddIndexConcurrently(
            model_name='virtualaccount',
            index=models.Index(condition=models.Q(('number', ''), _negated=True), fields=['number'], name='virtual_account_by_number'),
        ),
    ]
