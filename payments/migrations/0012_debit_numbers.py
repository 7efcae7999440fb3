"""Numbers of debits come from a sequence: they may have gaps, they are not a tax series."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_mandates_and_debits")]

    operations = [
        migrations.RunSQL("create sequence payments_debit_number", "drop sequence payments_debit_number")
    ]
