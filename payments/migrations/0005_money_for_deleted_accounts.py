"""Money for a deleted account is a kind of its own: it is refunded."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0004_payment_opened_at'),
    ]

    operations = [
        migrations.AlterField(
            model_name='parkedreport',
            name='kind',
            field=models.CharField(choices=[('amount', 'Amount differs'), ('currency', 'Currency differs'), ('order', 'Order differs'), ('second', 'Second payment of one order'), ('unknown_order', 'Not an order of ours'), ('deleted', 'Its account is deleted: refund it'), ('unknown_payment', 'The gateway does not know it (other mode or account)')], max_length=16),
        ),
    ]
