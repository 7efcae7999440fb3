"""The portal's own app configurations."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_migrate


class PortalConfig(AppConfig):
    name = "billing_portal"
    verbose_name = "Billing portal"

    def ready(self) -> None:
        from billing_portal import celery, checks  # noqa: F401 - the app of shared tasks; the system checks
        from invoices import einvoice_checks

        problems = checks.problems(settings) + einvoice_checks.problems(settings)
        if settings.PRODUCTION and problems:
            raise ImproperlyConfigured("This production instance cannot start:\n- " + "\n- ".join(problems))


class PortalAdminConfig(AdminConfig):
    """Django's admin, the last app: when its migrations are done, all permissions are there."""

    default_site = "billing_portal.admin_site.PortalAdminSite"

    def ready(self) -> None:
        from billing_portal import field_words, staff_groups
        from invoices import features, partitions

        super().ready()
        field_words.set_up()
        for set_up in (staff_groups.set_up, features.set_up, partitions.set_up):
            post_migrate.connect(set_up, sender=self)
