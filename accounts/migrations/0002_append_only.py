"""The ledger and the audit chain are append-only: the database refuses to change or remove their rows."""

from django.db import migrations

TABLES = ("accounts_entry", "accounts_line", "accounts_auditevent")

FUNCTION = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed', tg_table_name using errcode = '23000';
end $$
"""


def triggers(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        create trigger {table}_append_only before update or delete on {table}
            for each row execute function refuse_change();
        create trigger {table}_no_truncate before truncate on {table}
            for each statement execute function refuse_change();
        """,
        f"drop trigger {table}_append_only on {table}; drop trigger {table}_no_truncate on {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "drop function refuse_change()"),
        *(triggers(table) for table in TABLES),
    ]
