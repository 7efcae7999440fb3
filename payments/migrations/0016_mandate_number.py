"""Our mandate numbers come from a sequence: they may have gaps, they are not a tax series."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0015_payment_states_go_forward")]

    operations = [
        migrations.RunSQL("create sequence payments_mandate_number", "drop sequence payments_mandate_number")
    ]
