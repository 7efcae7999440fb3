"""The app's configuration: it brings its system checks."""

from django.apps import AppConfig


class CreditConfig(AppConfig):
    name = "credit"

    def ready(self) -> None:
        from credit import checks  # noqa: F401 - registers itself
