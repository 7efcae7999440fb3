"""The operator's own entries, of no account, and the books that bank money, fees and deducted tax need."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0017_bad_debt_books'),
    ]

    operations = [
        migrations.AlterField(
            model_name='balance',
            name='book',
            field=models.CharField(choices=[('advances', 'Customer advances'), ('receivable', 'Receivable'), ('credits', 'Unapplied credit'), ('gateway', 'Gateway'), ('bank', 'Bank'), ('revenue', 'Revenue'), ('cgst', 'CGST payable'), ('sgst', 'SGST/UTGST payable'), ('igst', 'IGST payable'), ('rounding', 'Rounding'), ('suspense', 'Suspense'), ('refunds', 'Refunds payable'), ('bad_debts', 'Bad debts'), ('recovered', 'Bad debts recovered'), ('fees', 'Gateway fees'), ('input_gst', 'Input GST'), ('tds', 'TDS receivable'), ('gst_tds', 'GST-TDS cash ledger'), ('penalties', 'Dishonour charges')], max_length=10),
        ),
        migrations.AlterField(
            model_name='entry',
            name='account',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='accounts.account'),
        ),
        migrations.AlterField(
            model_name='line',
            name='account',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='accounts.account'),
        ),
        migrations.AlterField(
            model_name='line',
            name='book',
            field=models.CharField(choices=[('advances', 'Customer advances'), ('receivable', 'Receivable'), ('credits', 'Unapplied credit'), ('gateway', 'Gateway'), ('bank', 'Bank'), ('revenue', 'Revenue'), ('cgst', 'CGST payable'), ('sgst', 'SGST/UTGST payable'), ('igst', 'IGST payable'), ('rounding', 'Rounding'), ('suspense', 'Suspense'), ('refunds', 'Refunds payable'), ('bad_debts', 'Bad debts'), ('recovered', 'Bad debts recovered'), ('fees', 'Gateway fees'), ('input_gst', 'Input GST'), ('tds', 'TDS receivable'), ('gst_tds', 'GST-TDS cash ledger'), ('penalties', 'Dishonour charges')], max_length=10),
        ),
        migrations.CreateModel(
            name='House',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry_count', models.BigIntegerField(default=0)),
                ('entry_hash', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='house_is_one')],
            },
        ),
    ]
