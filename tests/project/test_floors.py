"""The floors are kept by `lint-imports`; here: its contracts name what exists, and missing fonts crash nothing."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def test_every_floor_is_watched():
    layers = contracts()["importlinter:contract:floors"]["layers"].split()
    floors = [name for name in layers if (ROOT / name).is_dir()]

    assert floors == ["payments", "credit", "invoices", "accounts"]
    for name in floors:
        assert (ROOT / name / "__init__.py").exists()


def test_every_module_of_the_ground_and_the_roof_has_its_place():
    text = contracts()["importlinter:contract:floors"]["layers"]
    doors = {"apps", "celery", "checks", "settings", "wsgi", "stack", "formats", "__init__"}
    here = {
        path.stem
        for path in (ROOT / "billing_portal").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }

    assert [name for name in sorted(here - doors) if f"(billing_portal.{name})" not in text] == []


CLOCK = re.compile(r"\bclock\.(now|today)\(\)|\btimezone\.now\(\)|\bdatetime\.now\(")
DOORS = {"views", "views.py", "admin", "management", "tasks.py", "api.py"}
ALSO = {
    "accounts/adapter.py",
    "accounts/api_auth.py",
    "invoices/export_forms.py",
    "invoices/partitions.py",
}  # the sign-in's door, a key's door, a form, a hook


def test_only_doors_read_the_clock():
    floors = ["payments", "credit", "invoices", "accounts"]
    below = [
        path.relative_to(ROOT)
        for floor in floors
        for path in (ROOT / floor).rglob("*.py")
        if not DOORS & set(path.relative_to(ROOT).parts)
    ]

    assert {str(path) for path in below if CLOCK.search((ROOT / path).read_text())} == ALSO


def test_the_celery_app_can_be_read_before_the_apps_are_loaded():
    """Workers and beat do: what it imports may name no model."""
    words = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}

    done = subprocess.run([sys.executable, "-c", "import billing_portal.celery"], env=words, cwd=ROOT)

    assert done.returncode == 0
