"""Invitations by e-mail, and what the account's own people and staff said of its particulars."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

PERSON = {"null": True, "on_delete": django.db.models.deletion.SET_NULL, "related_name": "+"}
ROLES = [
    ("owner", "Owner"),
    ("admin", "Admin"),
    ("billing", "Billing"),
    ("manager", "Manager"),
    ("agent", "Agent"),
]
STATES = [("open", "Waiting"), ("accepted", "Accepted"), ("withdrawn", "Withdrawn")]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_entries_by_receipt")]

    operations = [
        migrations.AlterModelOptions(
            name="account",
            options={
                "permissions": [
                    ("issue_charge", "Can issue a one-time charge"),
                    ("stop_account", "Can stop an account's lines and free them"),
                    ("verify_gstin", "Can verify an account's GSTIN"),
                ]
            },
        ),
        migrations.AddField(
            model_name="account",
            name="gstin_verified_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="details_confirmed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                name="account_verified_has_gstin", condition=Q(gstin_verified_at=None) | ~Q(gstin="")
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("role", models.CharField(choices=ROLES, max_length=8)),
                ("state", models.CharField(choices=STATES, default="open", max_length=9)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("times_sent", models.PositiveIntegerField(default=1)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("accepted_by", models.ForeignKey(to=settings.AUTH_USER_MODEL, **PERSON)),
                ("invited_by", models.ForeignKey(to=settings.AUTH_USER_MODEL, **PERSON)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["account", "email"],
                        condition=Q(state="open"),
                        name="invitation_open_once",
                    ),
                    models.CheckConstraint(
                        name="invitation_ended_has_time",
                        condition=Q(state="open", ended_at=None)
                        | (~Q(state="open") & Q(ended_at__isnull=False)),
                    ),
                ]
            },
        ),
    ]
