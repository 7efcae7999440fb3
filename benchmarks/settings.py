"""The portal's settings with two views more: the floors that pages and webhooks are measured against."""

from billing_portal.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
