"""Find the accounts to review without reading the others."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # accounts stay open while the index is made

    dependencies = [("accounts", "0008_service_orders_and_levels")]

    operations = [
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(
                condition=models.Q(("review_at__isnull", False)), fields=["review_at"], name="account_to_review"
            ),
        ),
    ]
