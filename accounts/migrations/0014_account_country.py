"""The country of a customer abroad, who has no PIN code."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_account_zero_rated_until")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="country",
            field=models.CharField(blank=True, db_default="", max_length=2),
        ),
        migrations.AlterField(
            model_name="account",
            name="pin",
            field=models.CharField(blank=True, max_length=6, verbose_name="PIN code"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                name="account_country_abroad",
                condition=Q(country="") | Q(registration__in=["export_lut", "export_taxed"]) & ~Q(country="IN"),
            ),
        ),
    ]
