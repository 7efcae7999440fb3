"""Books of bad debts, and of what is recovered of them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0016_demo_clock'),
    ]

    operations = [
        migrations.AlterField(
            model_name='balance',
            name='book',
            field=models.CharField(choices=[('advances', 'Customer advances'), ('receivable', 'Receivable'), ('credits', 'Unapplied credit'), ('gateway', 'Gateway'), ('bank', 'Bank'), ('revenue', 'Revenue'), ('cgst', 'CGST payable'), ('sgst', 'SGST/UTGST payable'), ('igst', 'IGST payable'), ('rounding', 'Rounding'), ('suspense', 'Suspense'), ('refunds', 'Refunds payable'), ('bad_debts', 'Bad debts'), ('recovered', 'Bad debts recovered')], max_length=10),
        ),
        migrations.AlterField(
            model_name='line',
            name='book',
            field=models.CharField(choices=[('advances', 'Customer advances'), ('receivable', 'Receivable'), ('credits', 'Unapplied credit'), ('gateway', 'Gateway'), ('bank', 'Bank'), ('revenue', 'Revenue'), ('cgst', 'CGST payable'), ('sgst', 'SGST/UTGST payable'), ('igst', 'IGST payable'), ('rounding', 'Rounding'), ('suspense', 'Suspense'), ('refunds', 'Refunds payable'), ('bad_debts', 'Bad debts'), ('recovered', 'Bad debts recovered')], max_length=10),
        ),
    ]
