"""Staff may cancel a mandate for a customer."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0016_mandate_number'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='mandate',
            options={'permissions': [('cancel_for_customer', 'Can cancel a mandate for a customer')]},
        ),
    ]
