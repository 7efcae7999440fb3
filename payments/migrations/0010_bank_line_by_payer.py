"""Lines of a statement are found by their payer."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0009_payments_by_capture"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="bankline",
            index=models.Index(fields=["payer"], name="bank_line_by_payer"),
        ),
    ]
