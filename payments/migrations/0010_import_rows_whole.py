"""Rows of a statement that made no line are kept whole, however long; lines are found by their payer."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0009_payments_by_capture"),
    ]

    operations = [
        migrations.AlterField(
            model_name="importrow",
            name="text",
            field=models.TextField(),
        ),
        AddIndexConcurrently(
            model_name="bankline",
            index=models.Index(fields=["payer"], name="bank_line_by_payer"),
        ),
    ]
