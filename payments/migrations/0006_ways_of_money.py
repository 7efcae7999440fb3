"""Payments say which way their money came, and what of it is tax that the customer deducted."""

import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_house_and_books_of_bank_money'),
        ('payments', '0005_money_for_deleted_accounts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_received_has_proof',
        ),
        migrations.AddField(
            model_name='payment',
            name='channel',
            field=models.CharField(choices=[('online', 'Online'), ('auto_pay', 'Auto-pay'), ('transfer', 'Bank transfer'), ('bank', 'Bank')], db_default='online', default='online', max_length=10),
        ),
        migrations.AddField(
            model_name='payment',
            name='gst_tds',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='payment',
            name='reference',
            field=models.CharField(blank=True, db_default='', max_length=60),
        ),
        migrations.AddField(
            model_name='payment',
            name='tds',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['captured', 'partly_refunded', 'refunded']), _negated=True), models.Q(('captured_at__isnull', False), ('gateway_payment_id__isnull', False), ('settled_at__isnull', False)), models.Q(('captured_at__isnull', False), ('channel', 'bank'), ('settled_at__isnull', False)), _connector='OR'), name='payment_received_has_proof'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('gst_tds__gte', 0), ('tds__gte', 0), ('amount__gt', django.db.models.expressions.CombinedExpression(models.F('tds'), '+', models.F('gst_tds')))), name='payment_tax_within'),
        ),
    ]
