"""A reported problem knows the conversation about it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0022_conversations'),
        ('invoices', '0009_allocation_reversals'),
    ]

    operations = [
        migrations.AddField(
            model_name='problemreport',
            name='conversation',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='problem', to='accounts.conversation'),
        ),
    ]
