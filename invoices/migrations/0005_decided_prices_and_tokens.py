"""Prices decided for one cycle; forms' tokens on what staff add; no price joins a published list."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

COUNTED = """
alter table invoices_planversion disable trigger invoices_planversion_append_only;
update invoices_planversion v
    set price_count = (select count(*) from invoices_planprice p where p.version_id = v.id);
alter table invoices_planversion enable trigger invoices_planversion_append_only;
"""
COMPLETE = """
create function refuse_late_price() returns trigger language plpgsql as $$
begin
    if (select count(*) from invoices_planprice p where p.version_id = new.version_id)
        >= (select price_count from invoices_planversion v where v.id = new.version_id)
    then
        raise exception 'a published price list is never changed' using errcode = '23000';
    end if;
    return new;
end $$;
create trigger invoices_planprice_complete before insert on invoices_planprice
    for each row execute function refuse_late_price();
"""
INCOMPLETE = """
drop trigger invoices_planprice_complete on invoices_planprice;
drop function refuse_late_price();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0004_usage_days_without_foreign_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='addon',
            name='token',
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.AddField(
            model_name='discount',
            name='token',
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.AddField(
            model_name='cycle',
            name='discounted',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='onetimecharge',
            name='token',
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.AddField(
            model_name='planversion',
            name='price_count',
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name='planversion',
            name='token',
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.CreateModel(
            name='CyclePrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit_price', models.BigIntegerField()),
                ('pulse', models.IntegerField(default=60)),
                ('sac', models.CharField(default='998419', max_length=6)),
                ('decided_at', models.DateTimeField()),
                ('cycle', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='decided_prices', to='invoices.cycle')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('feature', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoices.feature')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('cycle', 'feature'), name='cycle_price_once'), models.CheckConstraint(condition=models.Q(('pulse__gte', 1), ('pulse__lte', 3600), ('unit_price__gte', 0)), name='cycle_price_sane')],
            },
        ),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
        migrations.RunSQL(COMPLETE, INCOMPLETE),
    ]
