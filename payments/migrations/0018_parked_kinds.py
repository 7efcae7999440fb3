"""Kinds of parked reports, all that there are."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0017_cancel_for_customer'),
    ]

    operations = [
        migrations.AlterField(
            model_name='parkedreport',
            name='kind',
            field=models.CharField(choices=[('amount', 'Amount differs'), ('currency', 'Currency differs'), ('order', 'Order differs'), ('second', 'Second payment of one order'), ('unknown_order', 'Not an order of ours'), ('deleted', 'Its account is deleted: refund it'), ('utr', 'Its UTR is in the books already'), ('dispute', 'Dispute of a payment that is not ours'), ('refund', 'Refund that the gateway does not know'), ('unknown_payment', 'The gateway does not know it (other mode or account)')], max_length=16),
        ),
    ]
