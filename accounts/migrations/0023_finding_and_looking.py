"""Rights to look at the panel as a customer and to export lists; what staff search by is indexed."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # lists stay open while the indexes are made

    dependencies = [
        ('accounts', '0022_conversations'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='account',
            options={'permissions': [('issue_charge', 'Can issue a one-time charge'), ('stop_account', "Can stop an account's lines and free them"), ('see_as_customer', 'Can look at the panel as a customer, changing nothing'), ('export_list', 'Can export lists as CSV'), ('verify_gstin', "Can verify an account's GSTIN")]},
        ),
        AddIndexConcurrently(
            model_name='account',
            index=models.Index(condition=models.Q(('gstin', ''), _negated=True), fields=['gstin'], name='account_by_gstin'),
        ),
        AddIndexConcurrently(
            model_name='account',
            index=models.Index(condition=models.Q(('pan', ''), _negated=True), fields=['pan'], name='account_by_pan'),
        ),
        AddIndexConcurrently(
            model_name='account',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('name', 'billing_name', config='simple'), name='account_by_words'),
        ),
        AddIndexConcurrently(
            model_name='contact',
            index=models.Index(condition=models.Q(('email', ''), _negated=True), fields=['email'], name='contact_by_email'),
        ),
        AddIndexConcurrently(
            model_name='contact',
            index=models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone'], name='contact_by_phone'),
        ),
        AddIndexConcurrently(
            model_name='customer',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('name', config='simple'), name='customer_by_words'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('name', config='simple'), name='user_by_words'),
        ),
        AddIndexConcurrently(
            model_name='notice',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['owed_at'], name='notice_by_day', pages_per_range=32),
        ),
        AddIndexConcurrently(
            model_name='notice',
            index=models.Index(condition=models.Q(('state', 'sent'), _negated=True), fields=['owed_at'], name='notice_unsent'),
        ),
    ]
