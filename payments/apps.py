"""The app's configuration: it brings its exports."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments import registers  # noqa: F401 - registers itself
