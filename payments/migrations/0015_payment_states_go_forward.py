"""A payment whose money was taken in stays received, and none is begun again: the database refuses it (I11)."""

from django.db import migrations

FUNCTION = """
create function refuse_payment_back() returns trigger language plpgsql as $$
begin
    if (old.status in ('captured', 'partly_refunded', 'refunded')
            and new.status not in ('captured', 'partly_refunded', 'refunded'))
        or new.status = 'created'
    then
        raise exception 'a payment never goes back from % to %', old.status, new.status using errcode = '23000';
    end if;
    return new;
end $$
"""
TRIGGER = """
create trigger payments_payment_forward before update of status on payments_payment
for each row when (old.status is distinct from new.status) execute function refuse_payment_back()
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0014_refunds")]

    operations = [
        migrations.RunSQL(FUNCTION, "drop function refuse_payment_back()"),
        migrations.RunSQL(TRIGGER, "drop trigger payments_payment_forward on payments_payment"),
    ]
