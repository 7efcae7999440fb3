"""Find the accounts to review, and those whose lines are lowered, without reading the others."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # accounts stay open while the index is made

    dependencies = [("accounts", "0009_service_orders_and_levels")]

    operations = [
        migrations.AlterModelOptions(
            name="account",
            options={
                "permissions": [
                    ("issue_charge", "Can issue a one-time charge"),
                    ("stop_account", "Can stop an account's lines and free them"),
                ]
            },
        ),
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(
                condition=models.Q(("wanted_level", "active"), _negated=True), fields=["id"], name="account_lowered"
            ),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(
                condition=models.Q(("review_at__isnull", False)), fields=["review_at"], name="account_to_review"
            ),
        ),
    ]
