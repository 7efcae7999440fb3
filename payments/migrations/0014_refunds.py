"""Refunds, with a number sequence of their own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0020_entries_by_receipt'),
        ('invoices', '0009_allocation_reversals'),
        ('payments', '0013_disputes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("create sequence payments_refund_number", "drop sequence payments_refund_number"),
        migrations.AlterField(
            model_name='parkedreport',
            name='kind',
            field=models.CharField(choices=[('amount', 'Amount differs'), ('currency', 'Currency differs'), ('order', 'Order differs'), ('second', 'Second payment of one order'), ('unknown_order', 'Not an order of ours'), ('deleted', 'Its account is deleted: refund it'), ('utr', 'Its UTR is in the books already'), ('refund', 'Refund that the gateway does not know'), ('unknown_payment', 'The gateway does not know it (other mode or account)')], max_length=16),
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('key', models.CharField(max_length=40, unique=True)),
                ('source', models.CharField(choices=[('advance', 'Unused advance'), ('promised', 'Refund voucher issued before'), ('credit', 'Unused credit of a credit note'), ('taken', 'Made at the gateway, not by us'), ('parked', 'Money that was never credited'), ('gateway', 'Given back by the gateway by itself')], max_length=8)),
                ('way', models.CharField(choices=[('gateway', 'By the gateway, to the source'), ('bank', 'By bank transfer')], default='gateway', max_length=7)),
                ('amount', models.BigIntegerField()),
                ('status', models.CharField(choices=[('waiting', 'Waits for a second person'), ('asked', 'To be sent'), ('sent', 'On its way'), ('processed', 'Paid out'), ('failed', 'Failed')], max_length=9)),
                ('reason', models.CharField(max_length=500)),
                ('asked_at', models.DateTimeField()),
                ('gateway_payment_id', models.CharField(blank=True, max_length=40)),
                ('gateway_refund_id', models.CharField(max_length=40, null=True, unique=True)),
                ('tries', models.IntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('parked_at', models.DateTimeField(null=True)),
                ('processed_at', models.DateTimeField(null=True)),
                ('failed_at', models.DateTimeField(null=True)),
                ('reference', models.CharField(blank=True, max_length=40)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='accounts.account')),
                ('approval', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approval')),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='invoices.document')),
                ('line', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refund', to='payments.bankline')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment')),
                ('report', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.parkedreport')),
            ],
            options={
                'permissions': [('give_refund', 'Can refund payments, and decide what waits of them')],
                'indexes': [models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='refund_due'), models.Index(fields=['-asked_at', '-id'], name='refund_by_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_positive'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'processed'), _negated=True), ('processed_at__isnull', False), _connector='OR'), name='refund_processed_has_time'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'failed'), _negated=True), ('failed_at__isnull', False), _connector='OR'), name='refund_failed_has_time'), models.CheckConstraint(condition=models.Q(('approved_by', None), ('asked_by', None), models.Q(('approved_by', models.F('asked_by')), _negated=True), _connector='OR'), name='refund_by_two'), models.UniqueConstraint(condition=models.Q(('failed_at', None)), fields=('report',), name='refund_of_report_once')],
            },
        ),
    ]
