"""The app of people, ledger and messages; its system checks are registered at start-up."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import sms_checks  # noqa: F401 - registers its check
