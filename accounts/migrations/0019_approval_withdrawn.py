"""A request whose matter is gone is withdrawn: nobody decides it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_house_and_books_of_bank_money'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='approval',
            name='approval_decided_whole',
        ),
        migrations.AlterField(
            model_name='approval',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting for a second person'), ('approved', 'Approved and done'), ('rejected', 'Rejected'), ('revoked', 'Withdrawn')], default='waiting', max_length=8),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'waiting')), models.Q(('decided_at__isnull', False), ('decided_by', None), ('state', 'revoked')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__range', ('approved', 'rejected'))), _connector='OR'), name='approval_decided_whole'),
        ),
    ]
