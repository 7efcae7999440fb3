"""Overdue cases, the steps taken in them, the policies they follow, and what spares an account."""

import credit.ladder
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_job_stops_and_pauses'),
        ('credit', '0002_holds_and_alerts'),
        ('invoices', '0006_counters_without_foreign_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PolicyVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField(unique=True)),
                ('steps', models.JSONField()),
                ('reason', models.CharField(max_length=500)),
                ('saved_at', models.DateTimeField()),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('publish_policy', 'Can publish a version of the overdue policy')],
            },
        ),
        migrations.CreateModel(
            name='OverdueCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_on', models.DateField()),
                ('watched_at', models.DateTimeField()),
                ('opened_on', models.DateField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_why', models.CharField(blank=True, choices=[('paid', 'Nothing is past due any more'), ('written_off', 'Written off'), ('deleted', 'Deleted')], max_length=11)),
                ('next_action', models.CharField(blank=True, choices=[(credit.ladder.Action['REMIND'], credit.ladder.Action['REMIND']), (credit.ladder.Action['BLOCK_OUTBOUND'], credit.ladder.Action['BLOCK_OUTBOUND']), (credit.ladder.Action['SUSPEND'], credit.ladder.Action['SUSPEND']), (credit.ladder.Action['ARCHIVE'], credit.ladder.Action['ARCHIVE']), (credit.ladder.Action['DELETE'], credit.ladder.Action['DELETE'])], max_length=14)),
                ('next_step_on', models.DateField(null=True)),
                ('last_on', models.DateField(null=True)),
                ('waits_for', models.CharField(blank=True, choices=[('notice', 'The message before it has not been handed over'), ('person', 'Messages have failed for three days: a person decides'), ('payment', 'A payment is being confirmed'), ('archive', 'The archive is being made'), ('approval', 'Deletion needs a second person'), ('marked', 'Marked for deletion: seven days to look again')], max_length=8)),
                ('waits_since', models.DateTimeField(null=True)),
                ('shields', models.IntegerField(default=0)),
                ('shielded_until', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overdue_cases', to='accounts.account')),
                ('unannounced_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='credit.policyversion')),
            ],
            options={
                'permissions': [('grant_extension', 'Can grant an extension or hold a step'), ('decide_step', 'Can decide what the overdue jobs leave to a person')],
            },
        ),
        migrations.CreateModel(
            name='Restoration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(blank=True, max_length=100)),
                ('captured_at', models.DateTimeField(null=True)),
                ('known_at', models.DateTimeField(null=True)),
                ('paid_at', models.DateTimeField(null=True)),
                ('lifted_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restorations', to='accounts.account')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='restoration', to='credit.overduecase')),
            ],
        ),
        migrations.CreateModel(
            name='StepTaken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.IntegerField()),
                ('action', models.CharField(choices=[(credit.ladder.Action['REMIND'], credit.ladder.Action['REMIND']), (credit.ladder.Action['BLOCK_OUTBOUND'], credit.ladder.Action['BLOCK_OUTBOUND']), (credit.ladder.Action['SUSPEND'], credit.ladder.Action['SUSPEND']), (credit.ladder.Action['ARCHIVE'], credit.ladder.Action['ARCHIVE']), (credit.ladder.Action['DELETE'], credit.ladder.Action['DELETE'])], max_length=14)),
                ('due_on', models.DateField()),
                ('taken_on', models.DateField()),
                ('taken_at', models.DateTimeField()),
                ('due', models.BigIntegerField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overdue_steps', to='accounts.account')),
                ('announced_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='credit.steptaken')),
                ('bill', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoices.document')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='credit.overduecase')),
                ('unannounced_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='OutageCredit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField()),
                ('until_on', models.DateField()),
                ('reason', models.CharField(max_length=500)),
                ('declared_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('declared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('declare_outage', 'Can declare days on which customers could not pay')],
                'constraints': [models.CheckConstraint(condition=models.Q(('until_on__gte', models.F('from_on'))), name='outage_runs_forward')],
            },
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('promise', 'Promise to pay'), ('hold', 'Hold')], max_length=7)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField()),
                ('reason', models.CharField(max_length=500)),
                ('granted_at', models.DateTimeField()),
                ('ended_on', models.DateField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='accounts.account')),
                ('approval', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approval')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='credit.overduecase')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('until_on__gte', models.F('from_on'))), name='extension_runs_forward'), models.CheckConstraint(condition=models.Q(models.Q(('ended_by', None), ('ended_on', None)), models.Q(('ended_by__isnull', False), ('ended_on__isnull', False)), _connector='OR'), name='extension_ended_whole')],
            },
        ),
        migrations.AddIndex(
            model_name='overduecase',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['next_action', 'next_step_on', 'id'], name='overdue_case_due'),
        ),
        migrations.AddIndex(
            model_name='overduecase',
            index=models.Index(condition=models.Q(('waits_for', ''), _negated=True), fields=['waits_for'], name='overdue_case_waits'),
        ),
        migrations.AddIndex(
            model_name='overduecase',
            index=models.Index(fields=['account', '-watched_at'], name='overdue_case_by_account'),
        ),
        migrations.AddConstraint(
            model_name='overduecase',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('account',), name='overdue_case_once'),
        ),
        migrations.AddConstraint(
            model_name='overduecase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_why', '')), models.Q(('closed_at__isnull', False), models.Q(('closed_why', ''), _negated=True)), _connector='OR'), name='overdue_case_closed_why'),
        ),
        migrations.AddConstraint(
            model_name='overduecase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_action', ''), ('next_step_on', None)), models.Q(models.Q(('next_action', ''), _negated=True), ('next_step_on__isnull', False)), _connector='OR'), name='overdue_case_next_whole'),
        ),
        migrations.AddConstraint(
            model_name='overduecase',
            constraint=models.CheckConstraint(condition=models.Q(('shields__gte', 0), ('shields__lte', 2)), name='overdue_case_shields_twice'),
        ),
        migrations.AddIndex(
            model_name='restoration',
            index=models.Index(condition=models.Q(('confirmed_at', None)), fields=['lifted_at'], name='restoration_open'),
        ),
        migrations.AddIndex(
            model_name='restoration',
            index=models.Index(fields=['account', '-lifted_at'], name='restoration_by_account'),
        ),
        migrations.AddIndex(
            model_name='steptaken',
            index=models.Index(fields=['taken_on', 'action'], name='step_by_date'),
        ),
        migrations.AddConstraint(
            model_name='steptaken',
            constraint=models.UniqueConstraint(fields=('account', 'taken_on'), name='step_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='steptaken',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('case', 'day'), name='step_stands_once'),
        ),
        migrations.AddConstraint(
            model_name='steptaken',
            constraint=models.CheckConstraint(condition=models.Q(('taken_on__gte', models.F('due_on'))), name='step_was_due'),
        ),
    ]
