"""Rights to look at the panel as a customer, and to export lists."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0020_entries_by_receipt'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='account',
            options={'permissions': [('issue_charge', 'Can issue a one-time charge'), ('stop_account', "Can stop an account's lines and free them"), ('see_as_customer', 'Can look at the panel as a customer, changing nothing'), ('export_list', 'Can export lists as CSV')]},
        ),
    ]
