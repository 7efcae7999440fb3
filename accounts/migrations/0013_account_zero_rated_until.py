"""Until when an SEZ unit's letter of approval holds; not known means that its supplies are taxed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_contact_phones_as_kept")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="zero_rated_until",
            field=models.DateField(
                blank=True,
                help_text="SEZ units without payment of tax: the last day of their letter of approval.",
                null=True,
                verbose_name="letter of approval until",
            ),
        ),
    ]
