"""Take the foreign-key triggers from the sums of days: half of all intake writes a new one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0003_plans_usage_credits")]

    operations = [
        migrations.AlterField(
            model_name="usageday",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="usage_days",
                to="accounts.account",
            ),
        ),
        migrations.AlterField(
            model_name="usageday",
            name="feature",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="invoices.feature",
            ),
        ),
        migrations.RunSQL(
            "alter table invoices_usagecounter set (fillfactor = 70); alter table invoices_usageday set (fillfactor = 80)",
            "alter table invoices_usagecounter reset (fillfactor); alter table invoices_usageday reset (fillfactor)",
        ),
    ]
