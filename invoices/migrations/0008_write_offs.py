"""Write-offs of bills by two people."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0017_bad_debt_books'),
        ('invoices', '0007_archives'),
    ]

    operations = [
        migrations.CreateModel(
            name='WriteOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.BigIntegerField()),
                ('recovered', models.BigIntegerField(default=0)),
                ('written_off_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='write_offs', to='accounts.account')),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approval')),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='write_off', to='invoices.document')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='write_off_positive'), models.CheckConstraint(condition=models.Q(('recovered__gte', 0), ('recovered__lte', models.F('amount'))), name='write_off_recovered_within')],
            },
        ),
    ]
