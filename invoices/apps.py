"""The app of what is owed; its system check is registered at start-up."""

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "invoices"

    def ready(self) -> None:
        from invoices import einvoice_checks  # noqa: F401 - registers its check
