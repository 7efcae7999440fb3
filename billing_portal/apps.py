"""The portal's own app configurations."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import ImproperlyConfigured


class PortalConfig(AppConfig):
    name = "billing_portal"
    verbose_name = "Billing portal"

    def ready(self) -> None:
        from billing_portal import celery, checks  # noqa: F401 - the app of shared tasks; the system checks

        if settings.PRODUCTION and (problems := checks.problems(settings)):
            raise ImproperlyConfigured("This production instance cannot start:\n- " + "\n- ".join(problems))


class PortalAdminConfig(AdminConfig):
    default_site = "billing_portal.admin_site.PortalAdminSite"
