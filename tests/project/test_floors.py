"""The floors are kept by `lint-imports`; here: its contracts name what exists, and missing fonts crash nothing."""

import configparser
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
