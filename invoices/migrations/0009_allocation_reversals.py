"""Rows that take an allocation back: what paid a bill went away again. They never change."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_house_and_books_of_bank_money'),
        ('invoices', '0008_write_offs'),
    ]

    operations = [
        migrations.CreateModel(
            name='AllocationReversal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(db_index=True, max_length=80)),
                ('amount', models.BigIntegerField()),
                ('reversed_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='accounts.account')),
                ('allocation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='invoices.allocation')),
                ('use', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='invoices.voucheruse')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='reversal_positive'), models.UniqueConstraint(condition=models.Q(('use__isnull', True)), fields=('allocation', 'cause'), name='reversal_once'), models.UniqueConstraint(condition=models.Q(('use__isnull', False)), fields=('use', 'cause'), name='reversal_of_use_once')],
            },
        ),
        migrations.RunSQL(
            "create trigger invoices_allocationreversal_append_only before update or delete "
            "on invoices_allocationreversal for each row execute function refuse_change()",
            "drop trigger invoices_allocationreversal_append_only on invoices_allocationreversal",
        ),
    ]
