"""Entries by the moment their money was really there, for the close of a day."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the ledger stays open while the index is made

    dependencies = [
        ('accounts', '0019_approval_withdrawn'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='entry',
            index=models.Index(condition=models.Q(('received_at__isnull', False)), fields=['received_at'], name='entry_by_receipt'),
        ),
    ]
