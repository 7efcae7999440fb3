"""Take the foreign-key triggers from the counters too: the intake takes their ids from rows that it has locked."""

import django.db.models.deletion
from django.db import migrations, models


def unbound(to: str, related_name: str, **more: bool) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to=to,
        **more,
    )


class Migration(migrations.Migration):
    dependencies = [("invoices", "0005_decided_prices_and_tokens")]

    operations = [
        migrations.AlterField("usagecounter", "account", unbound("accounts.account", "usage_counters")),
        migrations.AlterField("usagecounter", "cycle", unbound("invoices.cycle", "counters", db_index=False)),
        migrations.AlterField("usagecounter", "feature", unbound("invoices.feature", "+", db_index=False)),
    ]
