"""Archives of accounts, sealed a part a table, each with a key of its own; and deletions."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_job_stops_and_pauses'),
        ('credit', '0003_overdue_cases'),
        ('invoices', '0007_archives'),
    ]

    operations = [
        migrations.CreateModel(
            name='Archive',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('made', 'Made; the data is still live'), ('moved', 'Archived'), ('returned', 'Returned'), ('destroyed', 'Destroyed')], default='made', max_length=9)),
                ('made_at', models.DateTimeField()),
                ('moved_at', models.DateTimeField(null=True)),
                ('asked_at', models.DateTimeField(null=True)),
                ('is_free', models.BooleanField(default=False)),
                ('returned_at', models.DateTimeField(null=True)),
                ('destroyed_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='archives', to='accounts.account')),
                ('case', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='archives', to='credit.overduecase')),
                ('fee', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoices.document')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('asked_at__isnull', False), ('state', 'moved')), fields=['asked_at'], name='archive_to_return'), models.Index(fields=['account', '-made_at'], name='archive_by_account')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__range', ('made', 'moved'))), fields=('account',), name='archive_stands_once'), models.CheckConstraint(condition=models.Q(('state', 'made'), ('moved_at__isnull', False), _connector='OR'), name='archive_moved_has_time'), models.CheckConstraint(condition=models.Q(('is_free', False), ('fee__isnull', True), _connector='OR'), name='archive_free_has_no_fee')],
            },
        ),
        migrations.CreateModel(
            name='ArchivePart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(max_length=60)),
                ('number', models.IntegerField(default=0)),
                ('file', models.CharField(max_length=120)),
                ('rows', models.BigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('file_sha256', models.CharField(max_length=64)),
                ('key', models.BinaryField(null=True)),
                ('last_on', models.DateField(null=True)),
                ('kept_until', models.DateField(null=True)),
                ('moved_at', models.DateTimeField(null=True)),
                ('gone_at', models.DateTimeField(null=True)),
                ('archive', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='credit.archive')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('gone_at', None)), fields=['kept_until'], name='archive_part_to_purge')],
                'constraints': [models.UniqueConstraint(fields=('archive', 'table', 'number'), name='archive_part_once'), models.CheckConstraint(condition=models.Q(('gone_at', None), ('key', None), _connector='OR'), name='archive_part_key_until_gone')],
            },
        ),
        migrations.CreateModel(
            name='Deletion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('marked_at', models.DateTimeField()),
                ('is_repeated', models.BooleanField(default=False)),
                ('begun_at', models.DateTimeField(null=True)),
                ('done', models.JSONField(default=dict)),
                ('finished_at', models.DateTimeField(null=True)),
                ('certificate', models.JSONField(null=True)),
                ('signature', models.CharField(blank=True, max_length=128)),
                ('file', models.CharField(blank=True, max_length=120)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='deletion', to='accounts.account')),
                ('approval', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.approval')),
                ('archive', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='deletion', to='credit.archive')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('begun_at__isnull', False), ('finished_at', None)), fields=['begun_at'], name='deletion_to_finish')],
                'constraints': [models.CheckConstraint(condition=models.Q(('begun_at', None), ('approval__isnull', False), ('is_repeated', True), _connector='OR'), name='deletion_is_approved'), models.CheckConstraint(condition=models.Q(('finished_at', None), models.Q(('begun_at__isnull', False), ('certificate__isnull', False)), _connector='OR'), name='deletion_finished_whole')],
                'permissions': [('request_deletion', "Can ask for an account's deletion")],
            },
        ),
    ]
