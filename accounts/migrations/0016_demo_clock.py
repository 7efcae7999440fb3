"""The demo's clock and its moves; empty in production."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_job_stops_and_pauses'),
    ]

    operations = [
        migrations.CreateModel(
            name='DemoClock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seconds', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='demo_clock_once'), models.CheckConstraint(condition=models.Q(('seconds__gte', 0)), name='demo_clock_never_back')],
            },
        ),
        migrations.CreateModel(
            name='DemoMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.IntegerField()),
                ('asked_at', models.DateTimeField()),
                ('done', models.IntegerField(default=0)),
                ('report', models.JSONField(default=list)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.Value(1), condition=models.Q(('finished_at', None)), name='demo_moves_one_at_a_time'), models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 366)), name='demo_move_sane')],
            },
        ),
    ]
