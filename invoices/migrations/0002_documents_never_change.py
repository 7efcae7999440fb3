"""An issued document never changes, but for what is left to pay of it; lines and uses never change at all."""

from django.db import migrations

FUNCTION = """
create function refuse_document_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - 'open_amount' = to_jsonb(old) - 'open_amount' then
        return new;
    end if;
    raise exception 'issued documents are never changed' using errcode = '23000';
end $$
"""
APPEND_ONLY = ("invoices_documentline", "invoices_allocation", "invoices_voucheruse")


def append_only(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"create trigger {table}_append_only before update or delete on {table} "
        "for each row execute function refuse_change()",
        f"drop trigger {table}_append_only on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [
        migrations.RunSQL(FUNCTION, "drop function refuse_document_change()"),
        migrations.RunSQL(
            "create trigger invoices_document_never_changes before update or delete on invoices_document "
            "for each row execute function refuse_document_change()",
            "drop trigger invoices_document_never_changes on invoices_document",
        ),
        *(append_only(table) for table in APPEND_ONLY),
    ]
