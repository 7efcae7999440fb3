"""The key of a usage record says whether the record is in an archive."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0006_counters_without_foreign_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='usagekey',
            name='is_sealed',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
