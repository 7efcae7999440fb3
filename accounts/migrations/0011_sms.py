"""Text messages: channel, delivery state and reports of notices; what a contact wants."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_account_to_review'),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='wants_email',
            field=models.BooleanField(db_default=True, default=True, verbose_name='e-mail'),
        ),
        migrations.AddField(
            model_name='contact',
            name='wants_sms',
            field=models.BooleanField(db_default=True, default=True, verbose_name='SMS'),
        ),
        migrations.AddField(
            model_name='notice',
            name='delivered_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='undelivered',
            field=models.CharField(blank=True, db_default='', max_length=100),
        ),
        migrations.AlterField(
            model_name='contact',
            name='phone',
            field=models.CharField(blank=True, max_length=16, verbose_name='mobile'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('sms', 'SMS')], max_length=5),
        ),
        migrations.CreateModel(
            name='SmsReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('report_id', models.CharField(max_length=64, unique=True)),
                ('reference', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('delivered', 'Delivered'), ('failed', 'Not delivered')], max_length=9)),
                ('reason', models.CharField(blank=True, max_length=100)),
                ('happened_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('notice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='accounts.notice')),
            ],
        ),
    ]
