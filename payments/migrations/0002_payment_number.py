"""Our payment numbers come from a sequence: they may have gaps, they are not a tax series."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.RunSQL("create sequence payments_payment_number", "drop sequence payments_payment_number")
    ]
