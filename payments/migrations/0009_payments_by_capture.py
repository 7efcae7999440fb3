"""Payments by the moment of their capture, for the close of a day."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # payments go on while the index is made

    dependencies = [
        ('payments', '0008_reconciliation'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='payment',
            index=models.Index(condition=models.Q(('captured_at__isnull', False)), fields=['captured_at'], name='payment_by_capture'),
        ),
    ]
