"""When money was really there: the gateway's capture may be earlier than our books."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_approvals")]

    operations = [
        migrations.AddField("entry", "received_at", models.DateTimeField(null=True)),
    ]
