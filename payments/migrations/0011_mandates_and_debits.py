"""Mandates, their debits, and what the customer wants of auto-pay."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0020_entries_by_receipt'),
        ('invoices', '0009_allocation_reversals'),
        ('payments', '0010_bank_line_by_payer'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GatewayCustomer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway_customer_id', models.CharField(max_length=40, unique=True)),
                ('made_at', models.DateTimeField()),
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='gateway_customer', to='accounts.customer')),
            ],
        ),
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('token', models.UUIDField(unique=True)),
                ('method', models.CharField(choices=[('card', 'Card'), ('upi', 'UPI AutoPay'), ('emandate', 'e-NACH (bank account)')], max_length=8)),
                ('state', models.CharField(choices=[('awaiting', 'Awaiting authorisation'), ('active', 'Active'), ('paused', 'Paused'), ('failed', 'Failed'), ('expired', 'Expired'), ('cancelled', 'Cancelled')], default='awaiting', max_length=9)),
                ('paused_by', models.CharField(blank=True, choices=[('customer', 'You, here'), ('bank', 'Your bank or UPI app')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=120)),
                ('ceiling', models.BigIntegerField()),
                ('valid_until', models.DateField()),
                ('instrument', models.CharField(blank=True, max_length=60)),
                ('expires_on', models.DateField(null=True)),
                ('gateway_customer_id', models.CharField(blank=True, max_length=40)),
                ('gateway_order_id', models.CharField(max_length=40, null=True, unique=True)),
                ('gateway_token_id', models.CharField(max_length=40, null=True, unique=True)),
                ('started_at', models.DateTimeField()),
                ('consent_text', models.TextField()),
                ('consent_address', models.GenericIPAddressField(null=True)),
                ('active_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('order_claimed_at', models.DateTimeField(null=True)),
                ('next_check_at', models.DateTimeField(null=True)),
                ('checks', models.IntegerField(default=0)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates', to='accounts.account')),
                ('first_payment', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='approved_mandate', to='payments.payment')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Debit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('purpose', models.CharField(choices=[('bills', 'Invoices that are due'), ('top_up', 'Top-up before your balance runs low')], max_length=6)),
                ('cause', models.CharField(max_length=60)),
                ('attempt', models.IntegerField(default=1)),
                ('amount', models.BigIntegerField()),
                ('state', models.CharField(choices=[('scheduled', 'Planned'), ('noticed', 'Announced'), ('raised', 'With your bank'), ('captured', 'Debited'), ('failed', 'Failed'), ('opted_out', 'Stopped by you'), ('asked', 'You are asked to pay yourself'), ('skipped', 'Not needed')], default='scheduled', max_length=9)),
                ('reason', models.CharField(blank=True, max_length=60)),
                ('notify_at', models.DateTimeField()),
                ('raise_at', models.DateTimeField()),
                ('debit_at', models.DateTimeField()),
                ('result_by', models.DateTimeField()),
                ('noticed_at', models.DateTimeField(null=True)),
                ('raised_at', models.DateTimeField(null=True)),
                ('calling_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('planned_at', models.DateTimeField()),
                ('next_step_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='debits', to='accounts.account')),
                ('bills', models.ManyToManyField(related_name='debits', to='invoices.document')),
                ('opted_out_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('payment', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='debit', to='payments.payment')),
                ('mandate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='debits', to='payments.mandate')),
            ],
        ),
        migrations.CreateModel(
            name='AutoPaySettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('daily_cap', models.BigIntegerField(null=True)),
                ('monthly_cap', models.BigIntegerField(null=True)),
                ('when_low', models.BooleanField(default=False)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='auto_pay', to='accounts.account')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('daily_cap', None), ('daily_cap__gt', 0), _connector='OR'), models.Q(('monthly_cap', None), ('monthly_cap__gt', 0), _connector='OR')), name='auto_pay_caps_positive')],
            },
        ),
        migrations.AddIndex(
            model_name='mandate',
            index=models.Index(condition=models.Q(('next_check_at__isnull', False)), fields=['next_check_at'], name='mandate_due'),
        ),
        migrations.AddIndex(
            model_name='mandate',
            index=models.Index(fields=['account', '-started_at'], name='mandate_by_account'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('ceiling__gt', 0)), name='mandate_ceiling_positive'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'active'), _negated=True), models.Q(('active_at__isnull', False), ('gateway_token_id__isnull', False)), _connector='OR'), name='mandate_active_has_token'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('account',), name='mandate_active_once'),
        ),
        migrations.AddIndex(
            model_name='debit',
            index=models.Index(condition=models.Q(('next_step_at__isnull', False)), fields=['next_step_at'], name='debit_due'),
        ),
        migrations.AddIndex(
            model_name='debit',
            index=models.Index(fields=['account', '-planned_at'], name='debit_by_account'),
        ),
        migrations.AddConstraint(
            model_name='debit',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='debit_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='debit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'raised'), _negated=True), models.Q(('state', 'captured'), _negated=True)), ('payment__isnull', False), _connector='OR'), name='debit_raised_has_payment'),
        ),
        migrations.AddConstraint(
            model_name='debit',
            constraint=models.CheckConstraint(condition=models.Q(('raised_at', None), models.Q(('debit_at__gte', django.db.models.expressions.CombinedExpression(models.F('noticed_at'), '+', models.Value(datetime.timedelta(days=1)))), ('noticed_at__isnull', False)), _connector='OR'), name='debit_announced_a_day_ahead'),
        ),
        migrations.AddConstraint(
            model_name='debit',
            constraint=models.UniqueConstraint(fields=('account', 'cause', 'attempt'), name='debit_planned_once'),
        ),
        migrations.AddConstraint(
            model_name='debit',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'captured')), fields=('account', 'cause'), name='debit_succeeds_once'),
        ),
        migrations.AddConstraint(
            model_name='debit',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'scheduled'), ('state', 'noticed'), ('state', 'raised'), _connector='OR'), fields=('mandate',), name='debit_open_once'),
        ),
    ]
