"""What the gateway tells of itself, where it differs from our books, days closed, ways to pay that fail."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0020_entries_by_receipt'),
        ('payments', '0007_bank_money'),
    ]

    operations = [
        migrations.CreateModel(
            name='GatewayRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('payment', 'Payment'), ('refund', 'Refund')], max_length=7)),
                ('gateway_id', models.CharField(max_length=40, unique=True)),
                ('payment_id', models.CharField(blank=True, max_length=40)),
                ('order_id', models.CharField(blank=True, max_length=40)),
                ('receipt', models.CharField(blank=True, max_length=40)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('status', models.CharField(max_length=20)),
                ('method', models.CharField(blank=True, max_length=20)),
                ('was_captured', models.BooleanField(default=False)),
                ('fee', models.BigIntegerField(default=0)),
                ('tax', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'created_at'], name='gateway_record_by_time'), models.Index(condition=models.Q(('kind', 'refund')), fields=['payment_id'], name='gateway_refund_by_payment')],
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway_id', models.CharField(max_length=40, unique=True)),
                ('amount', models.BigIntegerField()),
                ('status', models.CharField(choices=[('created', 'On its way'), ('processed', 'Paid out'), ('failed', 'Failed')], max_length=20)),
                ('utr', models.CharField(blank=True, max_length=40)),
                ('created_at', models.DateTimeField()),
                ('settled_on', models.DateField()),
                ('seen_at', models.DateTimeField()),
                ('posted_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['settled_on'], name='settlement_by_day'), models.Index(fields=['utr'], name='settlement_by_utr'), models.Index(condition=models.Q(('posted_at', None), ('status', 'processed')), fields=['created_at'], name='settlement_to_post')],
                'constraints': [models.CheckConstraint(condition=models.Q(('withdrawn_at', None), models.Q(('posted_at__isnull', False), ('status', 'failed')), _connector='OR'), name='settlement_withdrawn_was_posted')],
            },
        ),
        migrations.CreateModel(
            name='SettlementLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.settlement')),
                ('entity_id', models.CharField(max_length=40)),
                ('kind', models.CharField(max_length=20)),
                ('amount', models.BigIntegerField()),
                ('debit', models.BigIntegerField(default=0)),
                ('credit', models.BigIntegerField(default=0)),
                ('fee', models.BigIntegerField(default=0)),
                ('tax', models.BigIntegerField(default=0)),
                ('payment_id', models.CharField(blank=True, max_length=40)),
                ('dispute_id', models.CharField(blank=True, max_length=40)),
                ('description', models.CharField(blank=True, max_length=200)),
                ('copies', models.IntegerField(default=1)),
                ('told_net', models.BigIntegerField()),
                ('told_at', models.DateTimeField()),
                ('booked_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['entity_id'], name='settlement_line_by_entity')],
                'constraints': [models.UniqueConstraint(fields=('settlement', 'entity_id', 'kind'), name='settlement_line_once')],
            },
        ),
        migrations.CreateModel(
            name='Difference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('payment_missing_here', 'Payment that we do not have'), ('payment_missing_there', 'Payment that the gateway does not list'), ('payment_amount', 'Payment of another amount'), ('payment_status', 'Payment in another state'), ('payment_late', 'Payment authorised and not captured'), ('refund_missing_here', 'Refund that we do not have'), ('refund_missing_there', 'Refund that the gateway does not list'), ('refund_amount', 'Refund of another amount'), ('refund_status', 'Refund in another state'), ('unsettled', 'Captured and not paid out in time'), ('settlement_sum', 'Settlement that is not the sum of its rows'), ('settlement_failed', 'Settlement failed and not paid again'), ('line_unknown', 'Settled row of nothing we know'), ('line_amount', 'Settled row of another amount'), ('line_fee', 'Settled row with another fee'), ('line_twice', 'Row told or paid twice'), ('line_changed', 'Row changed after it was booked'), ('adjustment', 'Adjustment by the gateway'), ('dispute', 'Money moved for a dispute'), ('bank_missing', 'Settlement that the bank does not show'), ('bank_amount', 'Bank line of another amount')], max_length=21)),
                ('subject', models.CharField(max_length=40)),
                ('day', models.DateField()),
                ('ours', models.BigIntegerField(null=True)),
                ('theirs', models.BigIntegerField(null=True)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('state', models.CharField(choices=[('open', 'Open'), ('explained', 'Explained'), ('resolved', 'Resolved')], default='open', max_length=9)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to=settings.AUTH_USER_MODEL)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('gone_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('settle_difference', 'Can own, explain and resolve differences with the gateway')],
                'indexes': [models.Index(condition=models.Q(('gone_at', None)), fields=['kind'], name='difference_standing'), models.Index(fields=['day'], name='difference_by_day')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'subject'), name='difference_once'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state', 'resolved')), models.Q(models.Q(('state', 'resolved'), _negated=True), ('closed_at', None)), _connector='OR'), name='difference_resolved_has_time'), models.CheckConstraint(condition=models.Q(('gone_at', None), ('state', 'resolved'), _connector='OR'), name='difference_gone_is_resolved')],
            },
        ),
        migrations.CreateModel(
            name='DifferenceEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('difference', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payments.difference')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('text', models.CharField(max_length=600)),
            ],
        ),
        migrations.CreateModel(
            name='DayClose',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('received_gateway', models.BigIntegerField(default=0)),
                ('received_ledger', models.BigIntegerField(default=0)),
                ('received_documents', models.BigIntegerField(default=0)),
                ('refunded_gateway', models.BigIntegerField(default=0)),
                ('refunded_ledger', models.BigIntegerField(default=0)),
                ('refunded_documents', models.BigIntegerField(default=0)),
                ('settled_gateway', models.BigIntegerField(default=0)),
                ('settled_ledger', models.BigIntegerField(default=0)),
                ('settled_bank', models.BigIntegerField(default=0)),
                ('payments', models.IntegerField(default=0)),
                ('refunds', models.IntegerField(default=0)),
                ('settlements', models.IntegerField(default=0)),
                ('differences', models.IntegerField(default=0)),
                ('rest', models.BigIntegerField(default=0)),
                ('state', models.CharField(choices=[('agreed', 'Agrees'), ('explained', 'Differs, every paisa is named'), ('differs', 'Differs, and nobody knows why')], max_length=9)),
                ('computed_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('note', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'verbose_name': 'day',
                'permissions': [('close_day', 'Can close a day that differs, and have the comparison run now')],
                'constraints': [models.CheckConstraint(condition=models.Q(('closed_at', None), ('state', 'agreed'), models.Q(('closed_by__isnull', False), ('state', 'explained')), _connector='OR'), name='day_close_closed_agrees'), models.CheckConstraint(condition=models.Q(('state', 'differs'), ('rest', 0), _connector='OR'), name='day_close_rest_known')],
            },
        ),
        migrations.CreateModel(
            name='Downtime',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway_id', models.CharField(max_length=40, unique=True)),
                ('method', models.CharField(max_length=20)),
                ('instrument', models.JSONField(default=dict)),
                ('status', models.CharField(max_length=20)),
                ('severity', models.CharField(blank=True, max_length=20)),
                ('is_scheduled', models.BooleanField(default=False)),
                ('begins_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('resolved_at', None)), fields=['begins_at'], name='downtime_open')],
            },
        ),
    ]
