"""One attempt of an account a day, and none beside one that is undecided: the database refuses a second (I35)."""

from django.db import migrations, models

DAY = """
create unique index concurrently debit_once_a_day
on payments_debit (account_id, ((raised_at at time zone 'Asia/Kolkata')::date)) where raised_at is not null
"""
UNDECIDED = """
create unique index concurrently debit_undecided_once on payments_debit (account_id) where state = 'raised'
"""


class Migration(migrations.Migration):
    atomic = False  # debits go on while the indexes are made

    dependencies = [("payments", "0018_parked_kinds")]

    operations = [
        migrations.RunSQL(
            DAY,
            "drop index concurrently debit_once_a_day",
            state_operations=[
                migrations.AddConstraint(
                    model_name="debit",
                    constraint=models.UniqueConstraint(
                        models.F("account"),
                        models.Func(
                            "raised_at",
                            output_field=models.DateField(),
                            template="(%(expressions)s at time zone 'Asia/Kolkata')::date",
                        ),
                        condition=models.Q(("raised_at__isnull", False)),
                        name="debit_once_a_day",
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            UNDECIDED,
            "drop index concurrently debit_undecided_once",
            state_operations=[
                migrations.AddConstraint(
                    model_name="debit",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "raised")),
                        fields=("account",),
                        name="debit_undecided_once",
                    ),
                )
            ],
        ),
    ]
