"""Disputes, and a place for those of payments that are not ours."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0020_entries_by_receipt'),
        ('payments', '0012_debit_numbers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='parkedreport',
            name='kind',
            field=models.CharField(choices=[('amount', 'Amount differs'), ('currency', 'Currency differs'), ('order', 'Order differs'), ('second', 'Second payment of one order'), ('unknown_order', 'Not an order of ours'), ('deleted', 'Its account is deleted: refund it'), ('utr', 'Its UTR is in the books already'), ('dispute', 'Dispute of a payment that is not ours'), ('unknown_payment', 'The gateway does not know it (other mode or account)')], max_length=16),
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway_dispute_id', models.CharField(max_length=40, unique=True)),
                ('amount', models.BigIntegerField()),
                ('deducted', models.BigIntegerField(default=0)),
                ('state', models.CharField(choices=[('open', 'Needs an answer'), ('action_required', 'Needs more evidence'), ('under_review', 'Under review'), ('closed', 'Closed'), ('lost', 'Lost'), ('won', 'Won')], max_length=15)),
                ('phase', models.CharField(blank=True, max_length=20)),
                ('reason_code', models.CharField(blank=True, max_length=60)),
                ('respond_by', models.DateTimeField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('heard_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('debited', models.BigIntegerField(default=0)),
                ('debited_at', models.DateTimeField(null=True)),
                ('returned_at', models.DateTimeField(null=True)),
                ('note', models.TextField(blank=True, max_length=1000)),
                ('proofs', models.JSONField(default=list)),
                ('submitted_at', models.DateTimeField(null=True)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='accounts.account')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='payments.payment')),
                ('submitted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('answer_dispute', 'Can contest or accept a dispute')],
                'indexes': [models.Index(condition=models.Q(('decided_at__isnull', True)), fields=['respond_by'], name='dispute_open'), models.Index(fields=['account', '-opened_at'], name='dispute_by_account')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('debited__gte', 0), ('deducted__gte', 0)), name='dispute_amounts'), models.CheckConstraint(condition=models.Q(models.Q(('debited', 0), ('debited_at', None)), models.Q(('debited__gt', 0), ('debited_at__isnull', False)), _connector='OR'), name='dispute_debited_has_time'), models.CheckConstraint(condition=models.Q(('returned_at', None), ('debited_at__isnull', False), _connector='OR'), name='dispute_returned_after_debit'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'lost'), _negated=True), ('decided_at__isnull', False), _connector='OR'), name='dispute_lost_is_decided')],
            },
        ),
    ]
