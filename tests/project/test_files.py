"""What stands in the repository for those who run it: lock files, compose file, environment example, image."""

import re
from pathlib import Path

import pytest
import yaml

from billing_portal.stack import production

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
READ = re.compile(r'env\.\w+\(\s*"([A-Z][A-Z0-9_]+)"')
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PORTAL = (
    "migrate",
    "web",
    "worker-billing",
    "worker-default",
    "worker-documents",
    "worker-telephony",
    "worker-money",
    "beat",
)


def pins(name: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / "requirements" / f"{name}.txt").read_text()))


def example() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def settings_read() -> set[str]:
    return set(READ.findall((ROOT / "billing_portal/settings.py").read_text()))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_names_no_address_and_hashes_everything(lock):
    text = lock.read_text()

    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)  # no index, no link, no editable
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_each_set_is_part_of_the_larger_one():
    assert pins("prod").items() <= pins("run").items() <= pins("dev").items()


def test_every_value_that_settings_read_is_explained():
    assert settings_read() - example() == set()


def test_every_value_that_is_explained_is_read():
    assert example() - settings_read() == {"POSTGRES_PASSWORD"}  # the compose file's own


def test_the_imagined_production_instance_knows_only_real_values():
    assert set(production.EXAMPLE) <= settings_read()


def test_compose_runs_every_process_of_the_portal():
    services = COMPOSE["services"]

    assert set(services) == {*PORTAL, "database", "valkey"}
    for name in PORTAL:
        service = services[name]
        assert service["env_file"] == ".env"
        assert service["restart"]
        assert service["build"] == "."
        assert {"DATABASE_URL", "REDIS_URL", "DOCUMENTS_DIR"} <= set(service["environment"])


def test_compose_has_a_worker_for_each_queue():
    from billing_portal.celery import BEAT

    commands = [service.get("command", []) for service in COMPOSE["services"].values()]
    served = {words[words.index("-Q") + 1] for words in commands if "-Q" in words}

    assert served == {"billing", "default", "documents", "money", "telephony"}
    assert {row[3] for row in BEAT} <= served


def test_compose_waits_for_health_and_keeps_data():
    services = COMPOSE["services"]

    for name in set(services) - {"migrate"}:
        assert services[name]["healthcheck"]["test"], name
    for name in set(PORTAL) - {"migrate"}:
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["database"]["volumes"] == ["database:/var/lib/postgresql"]
    mounted = {volume.split(":")[0] for service in services.values() for volume in service["volumes"]}
    assert mounted == set(COMPOSE["volumes"])


def test_compose_holds_no_secret():
    text = (ROOT / "docker-compose.yml").read_text()

    for name in ("SECRET_KEY", "RAZORPAY", "SUPPLIER"):
        assert name not in text
    assert set(re.findall(r"POSTGRES_PASSWORD: (\S+)", text)) == {"${POSTGRES_PASSWORD:?set"}


def test_image_is_small_and_not_root():
    text = (ROOT / "Dockerfile").read_text()

    assert "requirements/prod.txt" in text
    assert "--require-hashes" in text
    assert text.index("USER portal") < text.index("CMD [")
    assert (ROOT / ".dockerignore").read_text().startswith("**\n")  # only what is named goes in


def test_nothing_names_a_place_outside():
    names = ("README.md", "docs/running.md", "pyproject.toml", ".ci/run", "Dockerfile", "docker-compose.yml")
    for name in names:
        text = (ROOT / name).read_text()
        for word in ("../shared", "/work/", "/root/", "--index-url", "extra-index"):
            assert word not in text, f"{name}: {word}"
