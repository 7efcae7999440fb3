"""What the e-invoice portal answered about a document never changes, and no registration is deleted."""

from django.db import migrations

FUNCTION = """
create function refuse_einvoice_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.id = old.id and new.document_id = old.document_id and (
        old.irn is null
        or new.state in ('registered', 'cancelled') and row(
            new.irn, new.ack_number, new.ack_at, new.signed_qr, new.signed_invoice, new.registered_at
        ) is not distinct from row(
            old.irn, old.ack_number, old.ack_at, old.signed_qr, old.signed_invoice, old.registered_at
        )
    ) then
        return new;
    end if;
    raise exception 'what the e-invoice portal answered is never changed' using errcode = '23000';
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0011_einvoices")]

    operations = [
        migrations.RunSQL(FUNCTION, "drop function refuse_einvoice_change()"),
        migrations.RunSQL(
            "create trigger invoices_einvoice_never_changes before update or delete on invoices_einvoice "
            "for each row execute function refuse_einvoice_change()",
            "drop trigger invoices_einvoice_never_changes on invoices_einvoice",
        ),
    ]
