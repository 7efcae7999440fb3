import pytest


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """No test here is about hashing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
