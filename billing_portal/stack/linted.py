"""Settings for `lintmigrations` alone: the linter is a tool of development and no part of the portal."""

from billing_portal.settings import *  # noqa: F403
from billing_portal.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
