"""A run of a daily job may stop for a person, and a job may be paused."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0014_account_country'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='jobrun',
            options={'permissions': [('pause_job', 'Can pause a daily job and let it go on'), ('confirm_run', 'Can let a stopped run go on')]},
        ),
        migrations.AddField(
            model_name='jobrun',
            name='confirmed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='jobrun',
            name='confirmed_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='jobrun',
            name='stopped_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='JobPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.CharField(max_length=30)),
                ('reason', models.CharField(max_length=500)),
                ('paused_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('paused_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('job',), name='job_paused_once')],
            },
        ),
    ]
